//! What both programs do about the terminal that they print to.

/// How the standard library says that the reader of the output is gone.
const CLOSED_PIPE: &str = "failed printing to stdout: Broken pipe";

/// Ends the program in silence when nobody reads its output any more, as in `… | head`: that is no fault of ours.
/// To be called once, before anything is printed.
pub fn end_when_nobody_reads() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if (panic.payload_as_str()).is_some_and(|said| said.starts_with(CLOSED_PIPE)) {
            std::process::exit(0);
        }
        report(panic);
    }));
}
