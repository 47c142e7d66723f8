//! The files of the embedded database: personal data, for the account that runs the programs and nobody else (D3).

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes the folder, where it is not there yet, for its owner only.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes the file, where it is not there yet, for its owner only; `SQLite` gives the files beside it the same rights.
pub(super) fn make_file(file: &Path) -> io::Result<()> {
    // No file: a database in memory.
    if file.starts_with(":memory:") || file.to_string_lossy().starts_with("file:") {
        return Ok(());
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::db::Db;

    // D3: nobody else on the machine reads the database, its log or a copy.
    #[tokio::test]
    async fn the_files_of_the_database_are_their_owners_only() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let db = Db::open(&format!(
            "sqlite://{}",
            data.join("relance.sqlite").display()
        ))
        .await
        .unwrap();
        db.migrate().await.unwrap();
        let copy = data.join("copy.sqlite");
        assert!(db.copy_to(&copy).await.unwrap());
        let rights = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(rights(&data), 0o700);
        for entry in std::fs::read_dir(&data).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(rights(&path), 0o600, "{}", path.display());
        }
        db.close().await;
    }
}
