//! What holds for the repository itself.

/// What was built from, to the byte.
const LOCK: &str = include_str!("../../Cargo.lock");
const DENY: &str = include_str!("../../.cargo/deny.toml");
const WORKSPACE: &str = include_str!("../../Cargo.toml");

// C2: every foreign crate comes from the one registry, with its checksum; exceptions to the advisories have a date.
#[test]
fn every_crate_is_locked_to_the_registry() {
    let mut foreign = 0;
    for package in LOCK.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.strip_prefix(" = "))
        };
        let name = field("name").unwrap_or_default();
        match field("source") {
            Some(source) => {
                assert_eq!(
                    source, "\"registry+https://github.com/rust-lang/crates.io-index\"",
                    "{name}"
                );
                assert!(field("checksum").is_some(), "{name}");
                foreign += 1;
            }
            None => assert!(name.starts_with("\"relance-"), "{name}"),
        }
    }
    assert!(foreign > 100, "{foreign}");
    let exceptions: Vec<&str> = DENY
        .lines()
        .filter(|line| line.contains("id = \"RUSTSEC-"))
        .collect();
    for exception in exceptions {
        assert!(exception.contains("review by 20"), "{exception}");
    }
    for asked in ["unknown-registry = \"deny\"", "unknown-git = \"deny\""] {
        assert!(DENY.contains(asked), "{asked}");
    }
}

// C1: no crate of ours may take the checks of the compiler away.
#[test]
fn unsafe_code_is_forbidden_in_every_crate() {
    assert!(WORKSPACE.contains("unsafe_code = \"forbid\""));
    for manifest in [
        include_str!("../../shared/Cargo.toml"),
        include_str!("../../worker/Cargo.toml"),
        include_str!("../../bot/Cargo.toml"),
        include_str!("../Cargo.toml"),
    ] {
        assert!(manifest.contains("[lints]\nworkspace = true"), "{manifest}");
    }
}
