//! What is looked for when a language is wished for: lookup by RFC 4647, 3.4, and which language
//! stands in for one that is not there. The page has the same table in `frontend/i18n/locales.js`;
//! both are tested against `fixtures/languages.json`.

/// Tags in lower case, and what serves them instead, best first. A language without a region stands
/// for any of its varieties.
pub(super) const STAND_INS: [(&str, &str); 8] = [
    ("no nn", "nb"),
    ("in", "id"),
    ("iw", "he"),
    ("mo", "ro"),
    ("zh zh-hans cmn", "zh-CN"),
    // Who reads traditional script hears Mandarin, but for Hong Kong and Macao.
    ("zh-hant zh-tw cmn-hant", "zh-TW zh-CN"),
    ("yue zh-yue zh-mo zh-hant-hk zh-hant-mo", "zh-HK"),
    // Latin America, as Unicode's CLDR counts it.
    (
        "es-419 es-ar es-bo es-br es-bz es-cl es-co es-cr es-cu es-do es-ec es-gt es-hn es-mx es-ni \
         es-pa es-pe es-pr es-py es-sv es-us es-uy es-ve",
        "es-419 es-MX",
    ),
];

/// No language of ours has more subtags: what follows is cut off at once.
const MAX_SUBTAGS: usize = 8;

/// The tags to look for, best first. Reads BCP 47 and the locales of POSIX (`pt_BR.UTF-8@latin`).
pub(super) fn candidates(wish: &str) -> Vec<String> {
    let tag = wish.trim().split(['.', '@']).next().unwrap_or_default();
    let tag = tag.replace('_', "-").to_ascii_lowercase();
    let subtags: Vec<&str> = tag.split('-').take(MAX_SUBTAGS).collect();
    let mut ranges = cut_from_the_end(&subtags);
    // A script that goes without saying: `en-Latn-US` is `en-US`.
    if let [language, script, rest @ ..] = &*subtags
        && script.len() == 4
    {
        ranges.extend(cut_from_the_end(&[&[*language], rest].concat()));
    }
    ranges.extend(subtags.first().map(|language| (*language).to_owned()));
    ranges.into_iter().flat_map(with_stand_ins).collect()
}

/// A tag, and shorter and shorter ones, down to a language and one more subtag.
fn cut_from_the_end(subtags: &[&str]) -> Vec<String> {
    let cuts = (2..=subtags.len()).rev().filter_map(|length| subtags.get(..length));
    // A single letter says what kind of subtags follow it; without them it is nothing.
    let whole = cuts.filter(|cut| cut.last().is_some_and(|last| last.len() > 1));
    whole.map(|cut| cut.join("-")).collect()
}

fn with_stand_ins(tag: String) -> Vec<String> {
    let row = STAND_INS.iter().find(|(tags, _)| tags.split(' ').any(|it| it == tag));
    let stand_ins = row.into_iter().flat_map(|(_, stand_ins)| stand_ins.split(' '));
    let stand_ins: Vec<_> = stand_ins.map(str::to_owned).collect();
    [vec![tag], stand_ins].concat()
}
