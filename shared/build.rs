//! Lists the FAQ's content, so that the program carries it: a new entry needs no line of code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where"));
    let content = root.join("content/faq");
    println!("cargo::rerun-if-changed={}", content.display());
    let mut files = Vec::new();
    collect(&content, &mut files);
    files.sort();
    let mut list = String::from("const BUILT_IN: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file
            .strip_prefix(&content)
            .expect("inside the content")
            .display()
            .to_string();
        let file = file.display().to_string();
        writeln!(list, "    ({name:?}, include_str!({file:?})),").expect("a text takes any line");
    }
    list.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    std::fs::write(out.join("faq_content.rs"), list).expect("cargo's folder can be written");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for item in std::fs::read_dir(folder).expect("the content is there") {
        let path = item.expect("the content can be listed").path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|end| end == "md" || end == "txt" || end == "jsonl")
        {
            files.push(path);
        }
    }
}
