//! The author's files: faults with file and line, changes while the bot runs, what is kept of messages.

use crate::account::Locale;
use crate::faq::author::{effect, groups, mask, with_variant};
use crate::faq::content::{Content, built_in};
use crate::faq::live::{Live, Look};
use crate::faq::load::{self, File};
use crate::faq::{Index, eval, weights};

fn entry_file(text: &str) -> File {
    File {
        path: "entries/help/one.md".to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn a_fault_is_told_with_its_file_and_line() {
    let good = "---\nid: one\naudience: common\n---\n\n# fr: Un ?\n\nOui.\n\n# en: One?\n\nYes.\n";
    assert!(load::entries(&[entry_file(good)]).is_ok());
    for (bad, line, what) in [
        (
            good.replace("audience: common", "audiance: common"),
            3,
            "unknown key",
        ),
        (
            good.replace("audience: common", "audience: everyone"),
            3,
            "unknown audience",
        ),
        (
            good.replace("audience: common", "audience: common\naction: pay"),
            4,
            "unknown action",
        ),
        (
            good.replace("audience: common", "audience: common\nrelated: [two]"),
            4,
            "no entry two",
        ),
        (good.replace("id: one", "id: two"), 2, "not the name"),
        (good.replace("# en: One?\n\nYes.\n", ""), 9, "# en:"),
        (good.replace("Yes.", ""), 10, "empty"),
        (good.replace("# en: One?", "# de: Eins?"), 10, "# fr:"),
        (good.replace("Yes.", "- un"), 10, "empty"),
        (good.replace("# en: One?", "# en: Un ?"), 6, "asked already"),
        (good.replace("Yes.", "[nobody] Yes."), 10, "marked"),
    ] {
        let problems = load::entries(&[entry_file(&bad)]).expect_err(what);
        assert_eq!(problems[0].line, line, "{problems:?}");
        assert!(problems[0].what.contains(what), "{problems:?}");
        assert!(problems[0].to_string().starts_with("entries/help/one.md:"));
    }
}

#[test]
fn lists_are_read_strictly() {
    let list = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    for (path, text) in [
        ("lexicon.txt", "no colon"),
        ("lexicon.txt", "a: x*"),
        ("lexicon.txt", "a: un\na: deux"),
        ("shorthand.txt", "pourquoi pk"),
        ("elsewhere.txt", "[unheard]\nbla"),
        ("elsewhere.txt", "before any kind"),
        ("weights.txt", "rank chars_best much"),
        ("weights.txt", "rank chars_best 1.0"),
    ] {
        let mut files: Vec<File> = built_in()
            .into_iter()
            .filter(|file| file.path != path)
            .collect();
        files.push(list(path, text));
        let problems = Content::read(&files).expect_err(text);
        assert!(
            problems.iter().all(|problem| problem.file == path),
            "{problems:?}"
        );
    }
    let weights = weights::Weights::default();
    let again = weights::Weights::read(&list("weights.txt", &weights.write()));
    assert_eq!(again.expect("what is written can be read"), weights);
}

#[test]
fn more_questions_than_an_index_holds_are_refused() {
    let mut files: Vec<File> = (built_in().into_iter())
        .filter(|file| file.path != "elsewhere.txt")
        .collect();
    files.push(File {
        path: "elsewhere.txt".to_owned(),
        text: format!("[off_topic]\n{}", "bla\n".repeat(load::QUESTIONS_MAX)),
    });
    let problems = Content::read(&files).expect_err("too many");
    assert!(problems[0].what.contains("at most"), "{problems:?}");
}

fn few_entries(root: &std::path::Path) {
    for file in built_in()
        .iter()
        .filter(|file| file.path.starts_with("entries/help/misc-h"))
    {
        let path = root.join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(path, &file.text).expect("a file can be written");
    }
}

#[test]
fn a_changed_file_is_read_and_a_bad_one_leaves_the_old_index() {
    let root = tempfile::tempdir().expect("a folder");
    few_entries(root.path());
    let live = Live::open(Some(root.path())).expect("the entries have no fault");
    let before = live.index();
    assert_eq!(live.look(), Look::Same);
    let path = root.path().join("entries/help/misc-hours.md");
    let text = std::fs::read_to_string(&path).expect("it is there");

    std::fs::write(&path, text.replace("audience: common", "audience: none")).expect("written");
    let Look::Kept(problems) = live.look() else {
        panic!("a bad file was taken");
    };
    assert_eq!(
        problems[0].to_string().split(": ").next(),
        Some("entries/help/misc-hours.md:3")
    );
    assert_eq!(live.index().version, before.version);
    assert_eq!(live.look(), Look::Same);

    std::fs::write(&path, text.replace("9 h à 18 h", "10 h à 17 h")).expect("written");
    assert!(matches!(live.look(), Look::Changed(version) if version != before.version));
    let now = live.index();
    assert!(
        now.entry("misc-hours")
            .expect("kept")
            .fr
            .answer
            .contains("10 h")
    );
}

// c5
#[test]
fn an_added_variant_shows_what_it_fixes_before_it_is_saved() {
    let files: Vec<File> = (built_in().into_iter())
        .filter(|file| {
            !file.path.starts_with("entries/") || file.path.starts_with("entries/help/misc-h")
        })
        .collect();
    let before = Index::of_files(&files).expect("no fault");
    let said = "le guichet accueille-t-il du monde entre midi et deux";
    let after =
        with_variant(&files, "misc-hours", Locale::Fr, said).expect("there is such an entry");
    let after = Index::of_files(&after).expect("no fault");
    let example = eval::Example {
        id: "1".to_owned(),
        text: said.to_owned(),
        lang: "fr".to_owned(),
        expect: Some("misc-hours".to_owned()),
        accept: vec![Some("misc-hours".to_owned())],
    };
    let effect = effect(&before, &after, std::slice::from_ref(&example));
    assert_eq!(
        (effect.fixes, effect.breaks),
        (vec![said.to_owned()], Vec::new())
    );
    assert!(with_variant(&files, "misc-none", Locale::Fr, said).is_err());
    assert!(with_variant(&files, "misc-hours", Locale::Fr, " ! ").is_err());
}

// D5
#[test]
fn what_is_kept_of_a_message_names_no_address_and_no_number() {
    assert_eq!(
        mask("écrivez à a.b@c.example ou au +33 6 12 34 56 78"),
        "écrivez à [@] ou au [n°]"
    );
    assert_eq!(
        mask("2 questions, projet 31204"),
        "2 questions, projet [n°]"
    );
    let messages = [
        "comment payer par chèque ?",
        "la météo",
        "comment payer par cheque",
        "Comment payer par chèques",
    ];
    let messages: Vec<String> = messages.map(str::to_owned).to_vec();
    assert_eq!(groups(&messages), vec![vec![0, 2, 3], vec![1]]);
}
