//! The older of Prometheus's two text formats (0.0.4), made from the newer one (OpenMetrics 1.0).

use std::collections::HashSet;
use std::fmt::Write;

/// The metrics as scrapers read them that do not ask for OpenMetrics: a counter is called what its one
/// series is, there are no infos and no units.
pub(super) fn prometheus(openmetrics: &str) -> String {
    let kinds =
        openmetrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let kinds: Vec<_> = kinds.collect();
    let named = |kind: &str| -> HashSet<&str> {
        kinds.iter().filter(|(_, it)| *it == kind).map(|(name, _)| *name).collect()
    };
    let (counters, infos) = (named("counter"), named("info"));
    let mut text = String::with_capacity(openmetrics.len());
    for line in openmetrics.lines() {
        let words = line.strip_prefix("# ").and_then(|rest| {
            let (word, rest) = rest.split_once(' ')?;
            let (name, rest) = rest.split_once(' ')?;
            Some((word, name, rest))
        });
        // Writing to a String does not fail.
        let _ = match words {
            Some((word, name, rest)) if counters.contains(name) => {
                writeln!(text, "# {word} {name}_total {rest}")
            }
            Some((word, name, rest)) if infos.contains(name) => {
                let rest = if word == "TYPE" { "gauge" } else { rest };
                writeln!(text, "# {word} {name}_info {rest}")
            }
            Some(("UNIT", ..)) => Ok(()),
            None if line == "# EOF" => Ok(()),
            _ => writeln!(text, "{line}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_infos_are_called_what_their_series_are() {
        let openmetrics = "# HELP a A b.\n# TYPE a counter\na_total{x=\"y\"} 1\n# HELP b B.\n# TYPE b info\nb_info{v=\"1\"} 1\n\
            # HELP c C.\n# TYPE c gauge\n# UNIT c seconds\nc 2\n# EOF\n";
        let expected = "# HELP a_total A b.\n# TYPE a_total counter\na_total{x=\"y\"} 1\n# HELP b_info B.\n# TYPE b_info gauge\n\
            b_info{v=\"1\"} 1\n# HELP c C.\n# TYPE c gauge\nc 2\n";
        assert_eq!(prometheus(openmetrics), expected);
    }
}
