//! From the text that a template gave to the blocks of a letter. What stands between two marks of ours is a value: it is text,
//! whatever it looks like.

use crate::platform::pdf::{Block, Run};

/// What a value begins and ends with: signs that no text may hold, for they are taken out of every value and of every template.
pub const DEBUT: char = '\u{e000}';
/// The end of a value.
pub const FIN: char = '\u{e001}';

/// A sign, and whether it is of a value.
#[derive(Clone, Copy, PartialEq)]
struct Signe {
    un: char,
    valeur: bool,
}

/// The lines of a text; what a value holds ends none.
fn lignes(texte: &str) -> Vec<Vec<Signe>> {
    let (mut lines, mut line, mut valeur) = (Vec::new(), Vec::new(), false);
    for un in texte.chars() {
        match un {
            DEBUT => valeur = true,
            FIN => valeur = false,
            '\n' if !valeur => lines.push(std::mem::take(&mut line)),
            un => line.push(Signe { un, valeur }),
        }
    }
    lines.push(line);
    lines
}

/// The same without what is not seen at both ends.
fn net(line: &[Signe]) -> &[Signe] {
    let space = |signe: &Signe| signe.un == ' ' || signe.un == '\t' || signe.un == '\r';
    let start = line.iter().position(|signe| !space(signe)).unwrap_or(line.len());
    let end = line.iter().rposition(|signe| !space(signe)).map_or(start, |last| last + 1);
    &line[start..end]
}

/// What follows `marque`, when the line begins with it outside a value.
fn apres<'a>(line: &'a [Signe], marque: &str) -> Option<&'a [Signe]> {
    let length = marque.chars().count();
    let begins = line.len() >= length && line.iter().zip(marque.chars()).all(|(signe, un)| !signe.valeur && signe.un == un);
    begins.then(|| net(&line[length..]))
}

/// What follows the number of an item.
fn numero(line: &[Signe]) -> Option<&[Signe]> {
    let digits = line.iter().take_while(|signe| !signe.valeur && signe.un.is_ascii_digit()).count();
    (1..=3).contains(&digits).then(|| apres(&line[digits..], ". ")).flatten()
}

/// The runs of a line: two stars begin and end what is insisted upon.
fn runs(line: &[Signe]) -> Vec<Run> {
    let (mut found, mut text, mut bold, mut at) = (Vec::new(), String::new(), false, 0);
    while let Some(signe) = line.get(at) {
        let stars = !signe.valeur && signe.un == '*' && line.get(at + 1).is_some_and(|next| !next.valeur && next.un == '*');
        if stars {
            if !text.is_empty() {
                found.push(Run { text: std::mem::take(&mut text), bold });
            }
            bold = !bold;
            at += 2;
        } else {
            text.push(signe.un);
            at += 1;
        }
    }
    if !text.is_empty() {
        found.push(Run { text, bold });
    }
    found
}

/// The cells of a line of a table.
fn cellules(line: &[Signe]) -> Option<Vec<&[Signe]>> {
    let inside = apres(line, "|")?;
    let bar = |signe: &Signe| !signe.valeur && signe.un == '|';
    let inside = inside.strip_suffix(&[Signe { un: '|', valeur: false }][..]).unwrap_or(inside);
    Some(inside.split(bar).map(net).collect())
}

/// A table from its lines: its titles, the line that says on which side each column stands, its rows.
fn tableau(lines: &[Vec<&[Signe]>]) -> Result<Block, String> {
    let (Some(titles), Some(sides)) = (lines.first(), lines.get(1)) else {
        return Err("un tableau a une ligne de titres, puis une ligne de tirets\u{a0}: |---|---:|".into());
    };
    let dashes = |cell: &&[Signe]| !cell.is_empty() && cell.iter().all(|signe| !signe.valeur && "-: ".contains(signe.un));
    if !sides.iter().all(dashes) || sides.len() != titles.len() {
        return Err(format!(
            "la deuxième ligne d’un tableau a autant de colonnes que la première, en tirets\u{a0}: {}|",
            "|---".repeat(titles.len())
        ));
    }
    let right = |cell: &[Signe]| cell.last().is_some_and(|signe| signe.un == ':') && cell.first().is_some_and(|signe| signe.un != ':');
    let headers: Vec<(Vec<Run>, bool)> = titles.iter().zip(sides).map(|(title, side)| (runs(title), right(side))).collect();
    if headers.iter().any(|(title, _)| title.is_empty()) {
        return Err("chaque colonne d’un tableau a un titre\u{a0}: il est lu avant ses valeurs".into());
    }
    let mut rows = Vec::new();
    for row in &lines[2..] {
        if row.len() != headers.len() {
            return Err(format!("une ligne de tableau a {} colonnes au lieu de {}", row.len(), headers.len()));
        }
        rows.push(row.iter().map(|cell| runs(cell)).collect());
    }
    Ok(Block::Table { headers, rows })
}

/// The blocks of a text.
///
/// # Errors
/// What is wrong with a table, in words that follow a colon.
pub fn blocs(texte: &str) -> Result<Vec<Block>, String> {
    let lines = lignes(texte);
    let lines: Vec<&[Signe]> = lines.iter().map(|line| net(line)).collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let run_of = |kind: &dyn Fn(&[Signe]) -> bool| lines[at..].iter().take_while(|line| kind(line)).count();
        if line.is_empty() {
            at += 1;
        } else if let Some(title) = apres(line, "# ") {
            blocks.push(Block::Heading(runs(title)));
            at += 1;
        } else if cellules(line).is_some() {
            let count = run_of(&|line| cellules(line).is_some());
            let rows: Vec<Vec<&[Signe]>> = lines[at..at + count].iter().filter_map(|line| cellules(line)).collect();
            blocks.push(tableau(&rows)?);
            at += count;
        } else if apres(line, "- ").is_some() {
            let count = run_of(&|line| apres(line, "- ").is_some());
            let items = lines[at..at + count].iter().filter_map(|line| apres(line, "- ")).map(runs).collect();
            blocks.push(Block::List { ordered: false, items });
            at += count;
        } else if numero(line).is_some() {
            let count = run_of(&|line| numero(line).is_some());
            let items = lines[at..at + count].iter().filter_map(|line| numero(line)).map(runs).collect();
            blocks.push(Block::List { ordered: true, items });
            at += count;
        } else {
            let aside = apres(line, ">").is_some();
            let count = run_of(&|line| if aside { apres(line, ">").is_some() } else { ordinaire(line) }).max(1);
            let texts: Vec<Vec<Run>> =
                lines[at..at + count].iter().map(|line| runs(if aside { apres(line, ">").unwrap_or(line) } else { line })).collect();
            let joined = texts.join(&Run::plain("\n"));
            blocks.push(if aside { Block::Aside(joined) } else { Block::Paragraph(joined) });
            at += count;
        }
    }
    Ok(blocks)
}

/// A line of a paragraph.
fn ordinaire(line: &[Signe]) -> bool {
    !line.is_empty() && ["# ", "- ", ">"].iter().all(|marque| apres(line, marque).is_none()) && cellules(line).is_none() && numero(line).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Run> {
        vec![Run::plain(text)]
    }

    #[test]
    fn each_mark_is_a_block() {
        let texte =
            "Madame,\nMonsieur,\n\n# Titre\n- un\n- deux\n1. premier\n\n| A | B |\n|---|---:|\n| x | 1 |\n> Le maire,\n> \n> Jean\nUn **mot** fort";
        let expected = [
            Block::Paragraph(vec![Run::plain("Madame,"), Run::plain("\n"), Run::plain("Monsieur,")]),
            Block::Heading(plain("Titre")),
            Block::List { ordered: false, items: vec![plain("un"), plain("deux")] },
            Block::List { ordered: true, items: vec![plain("premier")] },
            Block::Table { headers: vec![(plain("A"), false), (plain("B"), true)], rows: vec![vec![plain("x"), plain("1")]] },
            Block::Aside(vec![Run::plain("Le maire,"), Run::plain("\n"), Run::plain("\n"), Run::plain("Jean")]),
            Block::Paragraph(vec![Run::plain("Un "), Run::bold("mot"), Run::plain(" fort")]),
        ];
        assert_eq!(blocs(texte).expect("blocks"), expected);
    }

    #[test]
    fn a_value_is_text_whatever_it_looks_like() {
        let value = |text: &str| format!("{DEBUT}{text}{FIN}");
        let texte = format!("{}\n- {}\n| A |\n|---|\n| {} |", value("# Titre | **x**\n- y"), value("- z"), value("a|b"));
        assert_eq!(
            blocs(&texte).expect("blocks"),
            [
                Block::Paragraph(plain("# Titre | **x**\n- y")),
                Block::List { ordered: false, items: vec![plain("- z")] },
                Block::Table { headers: vec![(plain("A"), false)], rows: vec![vec![plain("a|b")]] },
            ]
        );
    }

    #[test]
    fn a_table_that_is_not_one_is_told() {
        for (texte, word) in [
            ("| A | B |", "ligne de tirets"),
            ("| A | B |\n|---|", "autant de colonnes"),
            ("| A |\n| x |", "tirets"),
            ("| A | |\n|---|---|", "un titre"),
            ("| A | B |\n|---|---|\n| x |", "1 colonnes au lieu de 2"),
        ] {
            let said = blocs(texte).expect_err(texte);
            assert!(said.contains(word), "{texte}: {said}");
        }
    }
}
