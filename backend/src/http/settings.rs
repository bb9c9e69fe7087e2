//! `GET /config`: what the page needs to know before anybody types.

use super::dto::shown::ChannelName;
use super::precompressed::Precompressed;
use super::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;
use verification::{Channel, PhoneNumber, Region};

/// What is offered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Config)]
pub struct ConfigBody {
    /// How codes may travel, the preferred way first.
    #[schema(value_type = Vec<ChannelName>)]
    channels: Vec<&'static str>,
    /// The regions that are called.
    regions: Vec<RegionBody>,
    /// The languages that can be spoken, BCP 47.
    #[schema(examples("nl-NL"))]
    locales: Vec<String>,
    /// The language of those whose own is not spoken.
    #[schema(examples("en-GB"))]
    default_locale: String,
    /// Digits of a code.
    code_length: u8,
    /// The only region that is called, if there is only one.
    #[schema(examples("NL"))]
    default_region: Option<String>,
    /// Who may start a verification: `anybody`, or only `callers`, services with a key of their own.
    #[schema(examples("anybody"))]
    starts: &'static str,
    /// The name said in the call.
    brand: Option<String>,
    /// The number that calls and messages seem to come from, where one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("+31 20 123 4567"))]
    caller: Option<String>,
    /// Whose pages a browser offers the code of a message to, where messages say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("shop.example"))]
    sms_origin_domain: Option<String>,
}

/// A region that is called.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Region)]
pub struct RegionBody {
    /// ISO 3166-1 alpha-2.
    #[schema(examples("NL"))]
    region: String,
    /// With `+`.
    #[schema(examples("+31"))]
    calling_code: String,
    /// How codes may travel there.
    #[schema(value_type = Vec<ChannelName>)]
    channels: Vec<&'static str>,
}

/// What is offered
///
/// Channels, open regions, languages and the length of a code.
#[utoipa::path(
    get, path = "/config", tag = "service", operation_id = "read-config",
    responses((status = 200, description = "What is offered.", body = ConfigBody)),
)]
pub async fn config(request: HttpRequest, state: Data<State>) -> HttpResponse {
    let offered = state.offered.get_or_init(|| {
        // Our own type: there is nothing in it that JSON cannot say.
        let json = serde_json::to_vec(&body(&state)).unwrap_or_default();
        Precompressed::new("application/json", json).cached("no-cache")
    });
    offered.respond(&request)
}

fn body(state: &State) -> ConfigBody {
    let settings = &state.verifications.settings;
    let channels = |region: Region| -> Vec<_> {
        let open = |channel: &&Channel| settings.destinations.open(region, **channel);
        settings.channels.iter().filter(open).map(|channel| channel.as_str()).collect()
    };
    let regions: Vec<_> = match &settings.destinations.regions {
        Some(open) => open.keys().copied().collect(),
        None => Region::all(),
    };
    let regions: Vec<_> = regions
        .into_iter()
        .filter_map(|region| {
            let (calling_code, channels) = (region.calling_code()?, channels(region));
            let shown = RegionBody { region: region.to_string(), calling_code, channels };
            Some(shown).filter(|region| !region.channels.is_empty())
        })
        .collect();
    let locales = state.verifications.locales();
    let mut locales: Vec<_> = locales.map(|locale| locale.tag().to_owned()).collect();
    locales.sort_unstable();
    ConfigBody {
        channels: settings.channels.iter().map(|channel| channel.as_str()).collect(),
        default_region: match regions.as_slice() {
            [only] => Some(only.region.clone()),
            _ => None,
        },
        regions,
        locales,
        default_locale: settings.default_locale.tag().to_owned(),
        code_length: settings.code_length,
        starts: if state.config.callers.required { "callers" } else { "anybody" },
        brand: state.config.verify.brand.clone(),
        caller: state.config.messagebird.originator.as_deref().and_then(international),
        sms_origin_domain: state.config.verify.sms_origin_domain.clone(),
    }
}

/// An originator as a phone shows it, if it is a number. A name is no number.
fn international(originator: &str) -> Option<String> {
    let number = PhoneNumber::parse(&format!("+{originator}"), None).ok()?;
    Some(number.international())
}
