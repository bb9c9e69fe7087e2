//! What a request may say. Every fault of it is found here; what it asks for is the domain's
//! business. How a verification is shown is in [`shown`].

mod number;
pub mod receipt;
pub mod shown;

use shown::ChannelName;

use super::problem::{Kind, Problem};
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use verification::{Channel, Client, Context, PhoneNumber, PhoneNumberError, Region, StartRequest};

/// A request to prove a number. A member that is `null` is the same as one that is left out.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    /// The number in any common way of writing it. A national number needs `region`; a leading `+`
    /// wins over it.
    #[serde(default)]
    #[schema(required, nullable = false, value_type = String, examples("+31 6 12345678"))]
    phone_number: Option<String>,
    /// The number's region, ISO 3166-1 alpha-2.
    #[validate(custom(function = known_region))]
    #[schema(pattern = "^[A-Za-z]{2}$", examples("NL"))]
    region: Option<String>,
    /// How the code travels; by default the first way that is offered.
    #[validate(custom(function = known_channel))]
    #[schema(value_type = Option<ChannelName>)]
    channel: Option<String>,
    /// The wished language, BCP 47. One that is not spoken becomes one that is.
    #[schema(examples("nl-NL"))]
    locale: Option<String>,
    /// Your own reference, handed back unchanged.
    #[validate(custom(function = plain_reference))]
    #[schema(pattern = "^[A-Za-z0-9]{1,64}$", examples("order4711"))]
    reference: Option<String>,
    /// What your server made for one person's session. It comes back in the receipt, so that nobody
    /// can pass off another person's receipt as their own.
    #[validate(custom(function = plain_nonce))]
    #[schema(pattern = "^[A-Za-z0-9_-]{8,64}$", examples("n-0S6_WzA2Mj"))]
    nonce: Option<String>,
    /// The address of the person whom your server starts this for. Only with a key: then the person
    /// has limits of their own, beside those of your service.
    #[validate(custom(function = known_address))]
    #[schema(examples("203.0.113.9"))]
    client_address: Option<String>,
}

/// A request to call again.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendBody {
    /// How the code travels; by default as before.
    #[validate(custom(function = known_channel))]
    #[schema(value_type = Option<ChannelName>)]
    channel: Option<String>,
    /// The wished language, BCP 47; by default as before.
    #[schema(examples("nl-NL"))]
    locale: Option<String>,
}

/// A code to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// The digits as heard or read. Spaces and dashes are ignored; leading zeros count.
    #[serde(default)]
    #[schema(required, nullable = false, value_type = String, examples("123456"))]
    code: Option<String>,
}

/// Reads a JSON object.
///
/// # Errors
/// 415 when it is not called JSON or is coded, 400 when it is none or has other members.
pub fn read<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Problem> {
    let essence = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = essence.map(|value| value.split(';').next().unwrap_or_default().trim());
    if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        return Err(Kind::UnsupportedMediaType.into());
    }
    let coding = request.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes());
    if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::from(Kind::UnsupportedMediaType)
            .detail("Send the body as it is, without Content-Encoding.")
            .header("accept-encoding", "identity"));
    }
    // A derived struct would also be read from an array.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::from(Kind::MalformedRequest).detail("Send one JSON object."));
    }
    // serde's own words may quote what was sent; the place is enough to find the fault.
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => {
                "A member is unknown, twice there or of a wrong type"
            }
            _ => "This is not JSON",
        };
        let place = format!("{what}: line {}, column {}.", error.line(), error.column());
        let problem = Problem::from(Kind::MalformedRequest).detail(place);
        match not_text(body) {
            Some(pointer) => problem.error(pointer, "wrong_type", "Send a text, in quotes."),
            None => problem,
        }
    })
}

/// The first member that should be text and is not, such as a code that is sent as a number.
fn not_text(body: &[u8]) -> Option<&'static str> {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) else { return None };
    let pointers = ["#/phone_number", "#/region", "#/channel", "#/locale", "#/reference"];
    let pointers = pointers.into_iter().chain(["#/nonce", "#/client_address", "#/code"]);
    let mut wrong = pointers.filter(|pointer| {
        let member = members.get(pointer.trim_start_matches("#/"));
        member.is_some_and(|value| !value.is_string() && !value.is_null())
    });
    wrong.next()
}

impl StartBody {
    /// What is asked for, by `client`, for the service or site that `from` names, and by `channel` where
    /// the body names none.
    ///
    /// # Errors
    /// 401 for what only services with a key may say, 422 with every faulty member.
    pub fn into_request(
        self,
        client: Client,
        from: Context,
        channel: Channel,
    ) -> Result<StartRequest, Problem> {
        if self.client_address.is_some() && from.caller.is_none() {
            return Err(Problem::from(Kind::CallerRequired)
                .detail("Leave client_address out, or send it from your server with its key."));
        }
        let mut problem = Problem::from(Kind::PhoneNumberInvalid);
        if let Err(faults) = self.validate() {
            problem = described(Kind::InvalidRequest, &faults);
        }
        let region = self.region.as_deref().and_then(Region::with_numbers);
        let number = PhoneNumber::parse(self.phone_number.as_deref().unwrap_or_default(), region);
        match number {
            Ok(number) if problem.errors.is_empty() => Ok(StartRequest {
                number,
                channel: self.channel.as_deref().and_then(Channel::parse).unwrap_or(channel),
                locale: self.locale,
                client,
                context: Context {
                    reference: self.reference,
                    nonce: self.nonce,
                    start_address: self.client_address.and_then(|text| text.parse().ok()),
                    ..from
                },
            }),
            Ok(_) => Err(problem),
            // A country that does not exist is one fault, not two.
            Err(PhoneNumberError::RegionRequired) if self.region.is_some() => Err(problem),
            Err(error) => Err(number::fault(problem, error)),
        }
    }
}

impl ResendBody {
    /// Reads the body, which may be left out altogether.
    ///
    /// # Errors
    /// As [`read`], and 422 with every faulty member.
    pub fn read(
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<(Option<Channel>, Option<String>), Problem> {
        let wish: Self = if body.is_empty() { Self::default() } else { read(request, body)? };
        wish.validate().map_err(|faults| described(Kind::InvalidRequest, &faults))?;
        Ok((wish.channel.as_deref().and_then(Channel::parse), wish.locale))
    }
}

impl CheckBody {
    /// The code as typed.
    #[must_use]
    pub fn code(self) -> String {
        self.code.unwrap_or_default()
    }
}

fn known_channel(name: &str) -> Result<(), ValidationError> {
    Channel::parse(name).map(|_| ()).ok_or_else(|| ValidationError::new("unknown_channel"))
}

fn known_region(name: &str) -> Result<(), ValidationError> {
    Region::with_numbers(name).map(|_| ()).ok_or_else(|| ValidationError::new("unknown_region"))
}

fn plain_reference(text: &str) -> Result<(), ValidationError> {
    let plain = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { Ok(()) } else { Err(ValidationError::new("not_alphanumeric")) }
}

fn known_address(text: &str) -> Result<(), ValidationError> {
    text.parse::<IpAddr>().map(|_| ()).map_err(|_| ValidationError::new("address_malformed"))
}

fn plain_nonce(text: &str) -> Result<(), ValidationError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let fits = (8..=64).contains(&text.len()) && text.bytes().all(plain);
    if fits { Ok(()) } else { Err(ValidationError::new("nonce_malformed")) }
}

/// The faults that the validator found, in our words: its own would show the values.
fn described(kind: Kind, faults: &validator::ValidationErrors) -> Problem {
    let mut problem = Problem::from(kind);
    let fields = faults.field_errors();
    for (field, pointer, detail) in [
        ("region", "#/region", "Use the two letters of a country, such as NL."),
        ("channel", "#/channel", "Use voice or sms."),
        ("reference", "#/reference", "Use 1 to 64 letters and digits."),
        ("client_address", "#/client_address", "Use an IP address, such as 203.0.113.9."),
        ("nonce", "#/nonce", "Use 8 to 64 letters, digits, dashes and underscores."),
    ] {
        let code = match fields.get(field).and_then(|faults| faults.first()) {
            None => continue,
            Some(fault) => match fault.code.as_ref() {
                "unknown_region" => "unknown_region",
                "unknown_channel" => "unknown_channel",
                "nonce_malformed" | "address_malformed" => "malformed",
                _ => "not_alphanumeric",
            },
        };
        problem = problem.error(pointer, code, detail);
    }
    problem
}
