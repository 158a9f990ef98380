//! How figures are printed: what was measured, beside what it is held to.

/// Prints one figure with its bound, and says whether it is kept.
pub fn figure(name: &str, measured: f64, bound: f64, unit: &str) -> bool {
    let kept = measured <= bound;
    let verdict = if kept { "kept" } else { "MISSED" };
    println!("{name}: {measured:.2} {unit} (at most {bound:.2} {unit}: {verdict})");
    kept
}

/// Prints one figure that is to be large, with its bound, and says whether it is kept.
pub fn at_least(name: &str, measured: f64, bound: f64, unit: &str) -> bool {
    let kept = measured >= bound;
    let verdict = if kept { "kept" } else { "MISSED" };
    println!("{name}: {measured:.2} {unit} (at least {bound:.2} {unit}: {verdict})");
    kept
}

/// Prints one figure that has no bound.
pub fn plain(name: &str, measured: f64, unit: &str) {
    println!("{name}: {measured:.2} {unit}");
}

/// The percentile of sorted times, in milliseconds; infinite if there are none.
pub fn percentile(sorted: &[std::time::Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted
        .get(at)
        .map_or(f64::INFINITY, |time| time.as_secs_f64() * 1_000.0)
}

/// The middle one of some measurements; of an even number the upper middle one. Zero of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
