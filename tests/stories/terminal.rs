//! The programs as an operator calls them in a shell.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use relance_tests::programs::program;

/// Calls the worker on `data`; nobody reads what it prints when `closed`.
fn call(data: &Path, arguments: &[&str], closed: bool) -> anyhow::Result<Output> {
    let mut child = Command::new(program("relance-worker")?)
        .args(arguments)
        .env("RELANCE_DATA", data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if closed {
        drop(child.stdout.take());
    }
    Ok(child.wait_with_output()?)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_list_whose_reader_went_away_ends_in_silence() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    call(data.path(), &["migrate"], false)?;
    let listed = call(data.path(), &["jobs"], true)?;
    assert_eq!(
        (said(&listed).as_str(), listed.status.code()),
        ("", Some(0))
    );
    Ok(())
}

#[test]
fn a_misspelt_folder_becomes_no_database_and_a_file_is_no_folder() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let typo = data.path().join("typo");
    let refused = call(&typo, &["verify"], false)?;
    assert!(!refused.status.success() && !typo.exists());
    assert!(
        said(&refused).contains("there is no database"),
        "{}",
        said(&refused)
    );
    let file = data.path().join("copy.sqlite");
    std::fs::write(&file, "")?;
    let refused = call(&file, &["migrate"], false)?;
    assert!(said(&refused).contains("is a file"), "{}", said(&refused));
    Ok(())
}
