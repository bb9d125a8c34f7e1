//! The container file, read without any engine: what it copies is there or is made, and it gives nobody more than it needs. `bin/paquet
//! --essai` follows it step by step and starts what comes of it.

use std::fs;
use std::path::Path;

/// The instructions of a container file, long lines in one.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let parts = lines.lines().filter_map(|line| line.trim().split_once(' '));
    parts.map(|(word, rest)| (word.to_string(), rest.trim().to_string())).collect()
}

#[test]
fn the_container_file_copies_what_is_there_and_starts_without_root() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = instructions(&fs::read_to_string(root.join("deploiement/Containerfile")).expect("the container file"));
    let package = fs::read_to_string(root.join("bin/paquet")).expect("what makes the package");
    let mut stages = Vec::new();
    let mut copied = 0;
    for (word, rest) in &all {
        match word.as_str() {
            "FROM" => {
                let words: Vec<&str> = rest.split_whitespace().collect();
                assert!(!words[0].ends_with(":latest") && words[0].contains(':'), "a version is named: {rest}");
                stages.push(words.get(2).copied().unwrap_or("").to_string());
            }
            "COPY" => {
                let from = rest.split_whitespace().find_map(|word| word.strip_prefix("--from="));
                let source = rest.split_whitespace().find(|word| !word.starts_with("--")).expect("a source");
                match from {
                    Some(stage) => assert!(stages.iter().any(|known| known == stage), "a stage that comes before: {rest}"),
                    // Made by bin/paquet, into the folder and under the name that it says.
                    None if source.starts_with("var/paquet/") => {
                        assert!(source == "var/paquet/gardel.deb" && package.contains("\"$SORTIE/gardel.deb\""))
                    }
                    None => assert!(root.join(source).exists(), "{source} is not there"),
                }
                copied += 1;
            }
            "ENV" | "ARG" => {
                assert!(!["SECRET", "PASSWORD", "DATABASE_URL", "AWS_"].iter().any(|name| rest.contains(name)), "no secret in an image: {rest}")
            }
            "ADD" => panic!("COPY says what is copied; ADD may fetch: {rest}"),
            _ => {}
        }
    }
    assert!(copied >= 4 && stages.len() == 2 && stages[1].is_empty(), "{stages:?}");
    // Those of the last stage.
    let last = all.iter().rposition(|(word, _)| word == "FROM").expect("a stage");
    let of = |name: &str| all[last..].iter().find(|(word, _)| word == name).map(|(_, rest)| rest.as_str()).unwrap_or_default();
    let (user, group) = of("USER").split_once(':').expect("a user and a group by their numbers");
    assert!([user, group].iter().all(|number| number.parse::<u32>().is_ok_and(|number| number > 0)), "{user}:{group}");
    assert!(all[last..].iter().all(|(word, _)| word != "RUN"), "what is delivered holds nothing of what makes it");
    for name in ["ENTRYPOINT", "CMD"] {
        let words: Vec<String> = serde_json::from_str(of(name)).expect("a list: a shell between would keep the signals to itself");
        assert!(!words.is_empty());
    }
    assert!(of("HEALTHCHECK").contains("/livez"), "{}", of("HEALTHCHECK"));
    let port = of("ENV").split_whitespace().find_map(|one| one.strip_prefix("GARDEL_GESTION_PORT=")).expect("a port");
    assert!(of("HEALTHCHECK").contains(&format!("/127.0.0.1/{port} ")));
}
