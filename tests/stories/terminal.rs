//! The programs as an operator calls them in a shell.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use relance_tests::programs::program;
use serde_json::Value;

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

const EVENTS: &str = concat!(
    r#"{"id":"e1","type":"client.upserted","at":"2025-11-03T09:00:00Z","data":{"client":"C1","name":"Léa","email":"lea@courrier.example"}}"#,
    "\n",
    r#"{"id":"e2","type":"project.published","at":"2025-11-03T09:05:00Z","data":{"project":"31204","client":"C1","title":"Un site"}}"#,
    "\n"
);

// o1: no server anywhere: one file is the whole database, and with its key it is the same in another folder.
#[test]
fn everything_runs_from_one_file() -> anyhow::Result<()> {
    let (data, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let events = data.path().join("events.jsonl");
    std::fs::write(&events, EVENTS)?;
    for arguments in [
        &["import", &events.display().to_string()][..],
        &["plan"],
        &["outbox", "drain"],
        &["verify"],
    ] {
        let output = call(data.path(), arguments, false)?;
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }
    for file in ["relance.sqlite", "web.key"] {
        std::fs::copy(data.path().join(file), other.path().join(file))?;
    }
    let listed = |folder: &Path| -> anyhow::Result<[Value; 3]> {
        let output = call(folder, &["listing", "--json"], false)?;
        let mut list: Value = serde_json::from_slice(&output.stdout)?;
        let project = list["projects"][0].take();
        Ok(["reference", "title", "asked_at"].map(|name| project[name].clone()))
    };
    let there = listed(other.path())?;
    assert_eq!(listed(data.path())?, there);
    assert_eq!(there[0], "31204");
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
