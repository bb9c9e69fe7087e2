//! The languages that a call can be spoken in: how `<Say>` names each, and a voice of Amazon Polly for carriers
//! that find none by the language alone. What is said in them is whoever asks' business.

/// One language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its BCP 47 tag, such as `nl-NL`.
    pub tag: &'static str,
    /// The attribute `language` of `<Say>`.
    pub say: &'static str,
    /// The attribute `voice` of `<Say>` where a voice must be named. Somleng has Polly's voices only, and speaks
    /// with its default English one when it finds none for a language; these are valid at Twilio, too.
    /// `None`: Polly does not speak it.
    pub polly: Option<&'static str>,
}

impl Language {
    /// Finds a language by its tag, exactly.
    #[must_use]
    pub fn find(tag: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.tag == tag)
    }

    /// The voice to speak it with: the one that is named, with `Polly` the language's own of that kind, and the
    /// carrier's choice (`Some(None)`) when none is named. `None`: Polly does not speak it.
    #[must_use]
    pub fn voice<'a>(&'a self, named: Option<&'a str>) -> Option<Option<&'a str>> {
        match named {
            Some("Polly") => self.polly.map(Some),
            other => Some(other),
        }
    }
}

/// All of them, of those of one language the one first that serves a wish for that language alone. The names are those of Twilio's own library, the voices Amazon's.
pub const LANGUAGES: [Language; 34] = [
    same("cy-GB", Some("Polly.Gwyneth")),
    same("da-DK", Some("Polly.Naja")),
    same("de-DE", Some("Polly.Marlene")),
    same("el-GR", None),
    same("en-GB", Some("Polly.Amy")),
    same("en-US", Some("Polly.Joanna")),
    same("en-AU", Some("Polly.Nicole")),
    same("en-IN", Some("Polly.Raveena")),
    other("en-GB-x-wls", "en-GB-WLS", Some("Polly.Geraint")),
    same("es-ES", Some("Polly.Conchita")),
    same("es-MX", Some("Polly.Mia")),
    same("es-US", Some("Polly.Lupe")),
    same("fr-FR", Some("Polly.Celine")),
    same("fr-CA", Some("Polly.Chantal")),
    same("id-ID", None),
    same("is-IS", Some("Polly.Dora")),
    same("it-IT", Some("Polly.Carla")),
    same("ja-JP", Some("Polly.Mizuki")),
    same("ko-KR", Some("Polly.Seoyeon")),
    same("ms-MY", None),
    same("nb-NO", Some("Polly.Liv")),
    same("nl-NL", Some("Polly.Lotte")),
    same("pl-PL", Some("Polly.Ewa")),
    same("pt-PT", Some("Polly.Ines")),
    same("pt-BR", Some("Polly.Vitoria")),
    same("ro-RO", Some("Polly.Carmen")),
    same("ru-RU", Some("Polly.Tatyana")),
    same("sv-SE", Some("Polly.Astrid")),
    same("ta-IN", None),
    same("th-TH", None),
    same("tr-TR", Some("Polly.Filiz")),
    same("vi-VN", None),
    other("zh-CN", "cmn-CN", Some("Polly.Zhiyu")),
    other("zh-HK", "yue-HK", Some("Polly.Hiujin-Neural")),
];

const fn same(tag: &'static str, polly: Option<&'static str>) -> Language {
    other(tag, tag, polly)
}

const fn other(tag: &'static str, say: &'static str, polly: Option<&'static str>) -> Language {
    Language { tag, say, polly }
}
