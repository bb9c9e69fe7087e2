//! What stops a configuration, and that no value of it is shown.

use super::*;

fn read(vars: &[(&str, &str)], mode: Mode) -> Result<Config, String> {
    let vars = vars.iter().map(|(name, value)| (name.into(), value.into()));
    Config::read(vars, mode).map_err(|faults| faults.to_string())
}

#[test]
fn the_secret_is_the_one_given_or_the_only_providers_key() {
    let secret = |vars: &[(&str, &str)]| {
        let config = read(vars, Mode::Demo).unwrap();
        config.secret().map(<[u8]>::to_vec)
    };
    let (given, hex) = (vec![7; 32], "07".repeat(32));
    assert_eq!(secret(&[]), None);
    let key = ("MESSAGEBIRD_API_KEY", "live_x");
    assert_eq!(secret(&[key, ("PROVIDERS", "messagebird")]), Some(b"live_x".to_vec()));
    assert_eq!(secret(&[key, ("PROVIDERS", "messagebird,twilio")]), None);
    let both = [key, ("SECRET_KEY", hex.as_str())];
    assert_eq!(secret(&both), Some(given));
    // With a second provider no key stands for the service.
    let demo = read(&[("MESSAGEBIRD_API_KEY", "live_x")], Mode::Demo).unwrap();
    assert_eq!((demo.providers.0.len(), demo.secret()), (2, None));
}

#[test]
fn serve_lists_everything_that_is_missing() {
    let faults = read(&[], Mode::Serve).unwrap_err();
    assert!(faults.contains("MESSAGEBIRD_API_KEY"), "{faults}");
    assert!(faults.contains("GUARD_ALLOWED_REGIONS"), "{faults}");
}

#[test]
fn demo_needs_nothing() {
    let config = read(&[("HTTP_LISTEN", ""), ("LOG_FORMAT", "  ")], Mode::Demo).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert!(config.guard.destinations.regions.is_none());
}

#[test]
fn every_fault_names_its_variable_and_shows_no_value() {
    let vars = [
        ("HTTP_LISTEN", "canary"),
        ("OPS_LISTEN", "canary"),
        ("HTTP_ALLOWED_ORIGINS", "canary"),
        ("HTTP_TRUSTED_PROXIES", "canary"),
        ("HTTP_DRAIN_SECONDS", "canary"),
        ("HTTP_MAX_IN_FLIGHT", "canary"),
        ("MESSAGEBIRD_BASE_URL", "canary"),
        ("MESSAGEBIRD_ORIGINATOR", "canary canary canary"),
        ("MESSAGEBIRD_VOICE", "canary"),
        ("MESSAGEBIRD_VIEW_BUDGET", "canary"),
        ("PROVIDERS", "canary"),
        ("TWILIO_BASE_URL", "https://canary:canary@canary"),
        ("TWILIO_MAX_IN_FLIGHT", "canary"),
        ("TWILIO_PRESS_KEY", "canary"),
        ("VERIFY_CHANNELS", "canary"),
        ("VERIFY_CODE_LENGTH", "canary"),
        ("VERIFY_TTL_SECONDS", "canary"),
        ("VERIFY_MAX_ATTEMPTS", "canary"),
        ("VERIFY_DEFAULT_LOCALE", "canary"),
        ("VERIFY_BRAND", "canary%token"),
        ("VERIFY_TEMPLATES_FILE", "canary"),
        ("SMS_ORIGIN_DOMAIN", "https://canary"),
        ("GUARD_ALLOWED_REGIONS", "canary"),
        ("GUARD_NUMBER_LIMITS", "canary"),
        ("GUARD_CLIENT_LIMITS", "canary"),
        ("CALLER_LIMITS", "canary"),
        ("GUARD_PREFIX_LIMITS", "canary"),
        ("GUARD_COOLDOWNS", "canary"),
        ("GUARD_CHECK_LIMITS", "canary"),
        ("GUARD_HOURLY_CAP", "canary"),
        ("GUARD_DAILY_CAP", "canary"),
        ("GUARD_ALLOW_VOIP", "canary"),
        ("GUARD_CONVERSION", "canary"),
        ("CALLERS", "canary"),
        ("CALLERS_REQUIRED", "canary"),
        ("PUBLIC_URL", "canary"),
        ("RECEIPT_TTL_SECONDS", "canary"),
        ("REDIS_URL", "canary"),
        ("REDIS_CA_FILE", "/nonexistent/canary"),
        ("REDIS_TIMEOUT_MILLISECONDS", "canary"),
        ("RUST_LOG", "canary"),
        ("HTTP_FRONTEND_DIR", "/nonexistent/canary"),
        ("SECRET_KEY", "canary"),
        ("SECRET_KEY_PREVIOUS", "canary"),
        ("LOG_FORMAT", "canary"),
        ("OTEL_SDK_DISABLED", "canary"),
        ("OTEL_TRACES_EXPORTER", "canary"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://canary:canary@collector"),
        ("MESSAGEBIRD_API_KEY_FILE", "/nonexistent/canary"),
    ];
    let faults = read(&vars, Mode::Serve).unwrap_err();
    for (name, _) in vars {
        assert!(faults.contains(name.trim_end_matches("_FILE")), "{name} is not in:\n{faults}");
    }
    assert!(!faults.contains("canary"), "{faults}");
}

#[test]
fn no_quota_is_larger_than_a_thousand_million() {
    let names = ["NUMBER", "CLIENT", "PREFIX", "CHECK"].map(|it| format!("GUARD_{it}_LIMITS"));
    for name in names.iter().map(String::as_str).chain(["CALLER_LIMITS"]) {
        for (limits, is_one) in [("3/10m,1000000000/24h", true), ("3/10m,1000000001/24h", false)] {
            let config = read(&[(name, limits)], Mode::Demo);
            assert_eq!(config.is_ok(), is_one, "{name}={limits}");
            assert!(config.err().is_none_or(|faults| faults.contains(name)));
        }
    }
}

#[test]
fn reads_values_from_files_too() {
    let path = std::env::temp_dir().join(format!("ringproof-key-{}", std::process::id()));
    std::fs::write(&path, "test_key\n").unwrap();
    let vars = [
        ("MESSAGEBIRD_API_KEY_FILE", path.to_str().unwrap()),
        ("GUARD_ALLOWED_REGIONS", "NL,be,US:sms"),
        ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
    ];
    let config = read(&vars, Mode::Serve);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(config.unwrap().guard.destinations.regions.unwrap().len(), 3);
}

#[test]
fn a_value_and_its_file_together_are_a_fault() {
    let faults = read(&[("SECRET_KEY", "x"), ("SECRET_KEY_FILE", "y")], Mode::Demo);
    assert!(faults.unwrap_err().contains("SECRET_KEY"));
}

const COLLECTOR: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

#[test]
fn a_fault_of_the_traces_is_told_like_any_other() {
    let vars = [
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nonexistent/canary"),
        ("OTEL_TRACES_SAMPLER", "canary"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.01"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_RESOURCE_ATTRIBUTES", "canary"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2049"),
        ("OTEL_BSP_SCHEDULE_DELAY", "canary"),
    ];
    let faults = read(&[&vars[..], &[COLLECTOR]].concat(), Mode::Demo).unwrap_err();
    for (variable, _) in vars {
        assert!(faults.contains(&format!("  {variable} must be ")), "{variable}: {faults}");
    }
    assert!(!faults.contains("canary"), "{faults}");
    // Without a collector they mean nothing.
    assert!(read(&vars, Mode::Demo).unwrap().traces.is_none());
}

#[test]
fn traces_are_switched_by_the_standard_variables() {
    let traces = |vars: &[(&str, &str)]| read(vars, Mode::Demo).unwrap().traces;
    assert!(traces(&[]).is_none());
    for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
        assert!(traces(&[COLLECTOR, off]).is_none(), "{off:?}");
    }
    let on = traces(&[COLLECTOR, ("OTEL_SDK_DISABLED", "False")]).unwrap();
    assert_eq!(on.endpoint.as_str(), "http://collector:4318/v1/traces");
    assert_eq!(on.sampler, Sampler { ratio: 1.0, follows_caller: true });
    assert_eq!((on.service_name.as_str(), on.continues), ("ringproof", true));
    assert_eq!((on.max_waiting, on.batch), (2048, 512));
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example/in");
    let all = traces(&[
        COLLECTOR,
        own,
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other, deployment.environment.name=a%20b"),
        ("OTEL_PROPAGATORS", "none"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x,x-tenant=1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "250"),
    ]);
    let all = all.unwrap();
    assert_eq!(all.endpoint.as_str(), own.1, "as it is: nothing is put below it");
    assert_eq!(all.sampler, Sampler { ratio: 0.25, follows_caller: false });
    assert_eq!((all.service_name.as_str(), all.continues), ("other", false));
    assert_eq!(all.attributes, [("deployment.environment.name".to_owned(), "a b".to_owned())]);
    assert_eq!(all.headers.len(), 2);
    assert_eq!(all.timeout.as_millis(), 250);
}

/// Whoever reads what would be used can set it so.
#[test]
fn what_is_shown_can_be_set_and_comes_to_the_same() {
    let given = [
        ("MESSAGEBIRD_API_KEY", "live_x"),
        ("GUARD_ALLOWED_REGIONS", "NL,US:sms"),
        ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
        ("PROVIDERS", "messagebird:voice,twilio"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_API_KEY", "SK1"),
        ("TWILIO_API_SECRET", "x"),
        ("TWILIO_FROM", "+12025550100"),
        ("SECRET_KEY", "0707070707070707070707070707070707070707070707070707070707070707"),
    ];
    let unusual = [
        ("HTTP_ALLOWED_ORIGINS", "https://a.example,https://b.example"),
        ("HTTP_TRUSTED_PROXIES", "10.0.0.0/8,::1/128"),
        ("MESSAGEBIRD_VOICE", "male"),
        ("MESSAGEBIRD_MAX_IN_FLIGHT", "7"),
        ("VERIFY_BRAND", "Shop"),
        ("GUARD_COOLDOWNS", "1500ms,2m"),
        ("GUARD_HOURLY_CAP", "77"),
        ("GUARD_CONVERSION", "observe"),
        ("REDIS_TIMEOUT_MILLISECONDS", "250"),
        ("LOG_FORMAT", "text"),
        COLLECTOR,
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1234"),
    ];
    for more in [&unusual[..0], &unusual] {
        let vars = [&given, more].concat();
        let shown = read(&vars, Mode::Serve).unwrap().to_string();
        // Not what is kept secret, not set, or told in words.
        let lines = shown.lines().filter_map(|line| line.split_once(' '));
        let lines = lines.map(|(name, value)| (name, value.trim()));
        let told = |value: &str| ["set", "unset", "none"].contains(&value) || value.contains(' ');
        let lines: Vec<_> = lines.filter(|(_, value)| !told(value)).collect();
        assert!(lines.len() > 30, "{shown}");
        let kept = vars.iter().filter(|(name, _)| lines.iter().all(|(other, _)| other != name));
        let again: Vec<_> = kept.copied().chain(lines.iter().copied()).collect();
        assert_eq!(read(&again, Mode::Serve).map(|config| config.to_string()), Ok(shown.clone()));
        for (name, value) in more.iter().filter(|(name, _)| !name.contains("ENDPOINT")) {
            let value = if *value == "1500ms,2m" { "1500ms,120s" } else { value };
            assert!(lines.contains(&(*name, value)), "{name}: {shown}");
        }
    }
}

/// What is said after a key is an answer to a request from the carrier, over whatever `PUBLIC_URL` says.
#[test]
fn a_code_that_would_travel_in_clear_to_the_carrier_is_a_risk() {
    let risks = |public: &str, press_key: &str| {
        let vars = [
            ("PROVIDERS", "twilio"),
            ("TWILIO_ACCOUNT_SID", "AC1"),
            ("TWILIO_API_KEY", "SK1"),
            ("TWILIO_API_SECRET", "secret"),
            ("TWILIO_AUTH_TOKEN", "token"),
            ("TWILIO_FROM", "+12025550100"),
            ("TWILIO_PRESS_KEY", press_key),
            ("PUBLIC_URL", public),
            ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
            ("SECRET_KEY", &"ab".repeat(32)),
            ("GUARD_ALLOWED_REGIONS", "NL"),
            ("REDIS_URL", "redis://store"),
        ];
        read(&vars, Mode::Serve).unwrap().risks()
    };
    let clear = risks("HTTP://codes.example", "true");
    assert!(
        matches!(clear[..], [risk] if risk.starts_with("PUBLIC_URL is not https")),
        "{clear:?}"
    );
    assert_eq!(risks("https://codes.example", "true"), [""; 0]);
    assert_eq!(risks("http://codes.example", "false"), [""; 0]);
}

#[test]
fn what_may_not_be_meant_is_said_and_only_then() {
    let meant = [
        ("MESSAGEBIRD_API_KEY", "live_x"),
        ("GUARD_ALLOWED_REGIONS", "NL"),
        ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
        ("REDIS_URL", "redis://store"),
        // Not listed, so not used.
        ("TWILIO_BASE_URL", "http://carrier.example"),
    ];
    assert_eq!(read(&meant, Mode::Serve).unwrap().risks(), [""; 0]);
    for (name, value, also) in [
        ("MESSAGEBIRD_API_KEY", "test_x", ("", "")),
        ("GUARD_ALLOWED_REGIONS", "*", ("", "")),
        ("MESSAGEBIRD_BASE_URL", "http://127.0.0.1:8081", ("", "")),
        ("OPS_TOKEN", "", ("OPS_LISTEN", "0.0.0.0:9090")),
        ("REDIS_URL", "", ("", "")),
    ] {
        let mut vars: Vec<_> = meant.into_iter().filter(|(it, _)| *it != name).collect();
        vars.extend([(name, value), also]);
        let risks = read(&vars, Mode::Serve).unwrap().risks();
        assert!(matches!(risks[..], [risk] if risk.starts_with(name)), "{name}: {risks:?}");
    }
}
