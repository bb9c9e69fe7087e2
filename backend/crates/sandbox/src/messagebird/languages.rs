//! The 34 languages MessageBird speaks, and what it says when a call brings no template. Wordings of
//! MessageBird's own translations are not published: these are ours.

/// Code on the wire, default sentence.
const LANGUAGES: [(&str, &str); 34] = [
    ("cy-gb", "Eich cod yw: %token"),
    ("da-dk", "Din kode er: %token"),
    ("de-de", "Ihr Code lautet: %token"),
    ("el-gr", "Ο κωδικός σας είναι: %token"),
    ("en-au", "Your code is: %token"),
    ("en-gb", "Your code is: %token"),
    ("en-gb-wls", "Your code is: %token"),
    ("en-in", "Your code is: %token"),
    ("en-us", "Your code is: %token"),
    ("es-es", "Su código es: %token"),
    ("es-mx", "Su código es: %token"),
    ("es-us", "Su código es: %token"),
    ("fr-ca", "Votre code est : %token"),
    ("fr-fr", "Votre code est : %token"),
    ("id-id", "Kode Anda adalah: %token"),
    ("is-is", "Kóðinn þinn er: %token"),
    ("it-it", "Il suo codice è: %token"),
    ("ja-jp", "あなたのコードは: %token"),
    ("ko-kr", "귀하의 코드는: %token"),
    ("ms-my", "Kod anda ialah: %token"),
    ("nb-no", "Koden din er: %token"),
    ("nl-nl", "Uw code is: %token"),
    ("pl-pl", "Twój kod to: %token"),
    ("pt-br", "Seu código é: %token"),
    ("pt-pt", "O seu código é: %token"),
    ("ro-ro", "Codul dumneavoastră este: %token"),
    ("ru-ru", "Ваш код: %token"),
    ("sv-se", "Din kod är: %token"),
    ("ta-in", "உங்கள் குறியீடு: %token"),
    ("th-th", "รหัสของคุณคือ: %token"),
    ("tr-tr", "Kodunuz: %token"),
    ("vi-vn", "Mã của bạn là: %token"),
    ("zh-cn", "您的验证码是：%token"),
    ("zh-hk", "您的驗證碼是：%token"),
];

/// Spoken when a request names no language.
pub(crate) const DEFAULT: &str = "en-gb";

/// The default text of messages that are read, whatever their language.
pub(crate) const DEFAULT_TEMPLATE: &str = "Your code is: %token";

/// Finds a language by its exact code on the wire.
pub(crate) fn find(code: &str) -> Option<&'static str> {
    LANGUAGES.iter().map(|(known, _)| *known).find(|known| *known == code)
}

/// The sentence spoken in a language when the request brings none.
pub(crate) fn default_sentence(code: &str) -> &'static str {
    LANGUAGES.iter().find(|(known, _)| *known == code).map_or(DEFAULT_TEMPLATE, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_says_the_code_and_the_default_is_known() {
        assert!(LANGUAGES.iter().all(|(_, sentence)| sentence.contains("%token")));
        assert_eq!(find(DEFAULT), Some(DEFAULT));
        assert_eq!(find("en-GB"), None);
    }
}
