//! A provider's word that a project is over: weak evidence, never a change of state.
