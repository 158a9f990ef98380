//! JSON as it was written: fields in their order, which is part of what snapshots show.

/// The same JSON with a line for each field.
pub(crate) fn pretty(json: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0, false, false);
    for c in json.chars() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
        match c {
            '{' | '[' => {
                depth += 1;
                out.push(c);
                out.push_str(&line(depth));
            }
            '}' | ']' => {
                depth -= 1;
                let inside = out.trim_end().len();
                out.truncate(inside);
                if !out.ends_with(['{', '[']) {
                    out.push_str(&line(depth));
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                out.push_str(&line(depth));
            }
            ':' => out.push_str(": "),
            '"' => {
                quoted = true;
                out.push(c);
            }
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// The names of all fields, with their depth, in the order in which they were written.
pub(crate) fn fields(json: &str) -> Vec<(usize, String)> {
    pretty(json)
        .lines()
        .filter_map(|line| {
            let text = line.trim_start();
            let (name, _) = text.strip_prefix('"')?.split_once("\": ")?;
            Some((line.len() - text.len(), name.to_owned()))
        })
        .collect()
}

/// The fields that the contract adds to the seed's room, in their order.
pub(crate) const ADDED: [&str; 10] = [
    "cancelledAt",
    "liveStartedAt",
    "liveEndedAt",
    "forciblyTerminated",
    "vodState",
    "vodUrl",
    "cmafHlsPlayUrl",
    "cmafDashPlayUrl",
    "rtmpPlayUrl",
    "httpFlvPlayUrl",
];

/// Checks that an answer has every field of the seed's example in the seed's order, and those that were added.
pub(crate) fn assert_fields_of_seed(answer: &str, seed: &str) {
    let (added, own): (Vec<_>, Vec<_>) = fields(answer)
        .into_iter()
        .partition(|(_, name)| ADDED.contains(&name.as_str()));
    assert_eq!(own, fields(seed));
    let added: Vec<_> = added.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(added, ADDED);
}
