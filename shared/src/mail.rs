//! Letters out: templates, rendering, what a letter is.
