/**
 * The words of the page in English. Every sentence a person reads is here or comes from the service.
 * `{name}` is filled in; an entry that is an object holds plural forms, chosen by `count`.
 *
 * `problem.<code>.*` and `field.<field>.<code>` win over what the service sent; where there is none the
 * service's own `title` and `detail` are shown.
 */

/** @import { Messages } from './translator.js' */

/** @type {Messages} */
export const en = {
  'page.brand': 'Ringproof',
  'page.title': '{heading} – {brand}',
  'page.title_error': 'Error: {title}',
  'page.loading': 'Loading…',

  'phone.heading': 'Verify your phone number',
  'phone.country': 'Country',
  'phone.country_choose': 'Choose a country',
  'phone.country_option': '{name} ({code})',
  'phone.number': 'Phone number',
  'phone.hint': 'Mobile or landline. Start with + for a number from another country.',
  'phone.channel': 'How do you want the code?',
  'phone.channel_voice': 'Call me',
  'phone.channel_sms': 'Text me',
  'phone.why_voice': {
    one: 'We ring this number once and a voice reads out a code of {count} digit, more than once. We use the number only to check that you can be reached on it.',
    other: 'We ring this number once and a voice reads out a code of {count} digits, more than once. We use the number only to check that you can be reached on it.',
  },
  'phone.why_sms': {
    one: 'We send this number one text message with a code of {count} digit. We use the number only to check that you can be reached on it.',
    other: 'We send this number one text message with a code of {count} digits. We use the number only to check that you can be reached on it.',
  },
  'phone.submit_voice': 'Call me with a code',
  'phone.submit_sms': 'Text me a code',
  'phone.busy_voice': 'Placing the call…',
  'phone.busy_sms': 'Sending the message…',

  'code.heading': 'Enter the code',
  'code.number_ending': 'the number ending in {digits}',
  'code.lead_voice': 'We are calling {number}.',
  'code.lead_sms': 'We sent a text message to {number}.',
  'code.about_voice': {
    one: 'Pick up, listen to the code of {count} digit, and type it here. The voice says it more than once.',
    other: 'Pick up, listen to the code of {count} digits, and type it here. The voice says it more than once.',
  },
  'code.about_sms': {
    one: 'It holds a code of {count} digit. It can take a minute to arrive.',
    other: 'It holds a code of {count} digits. It can take a minute to arrive.',
  },
  'code.change_number': 'Change number',
  'code.label': { one: '{count}-digit code', other: '{count}-digit code' },
  'code.submit': 'Check the code',
  'code.busy': 'Checking…',
  'code.works_until': 'The code works until {time}.',
  'code.works_for': 'The code stops working in {countdown}.',
  'code.expiring': {
    one: 'The code stops working in less than {count} minute. You can ask for a new one.',
    other: 'The code stops working in less than {count} minutes. You can ask for a new one.',
  },
  'code.again_voice': 'We are calling {number} again. Only the newest code works.',
  'code.again_sms': 'We sent another text message to {number}. Only the newest code works.',

  'resend.voice': 'Call me again',
  'resend.voice_instead': 'Call me instead',
  'resend.sms': 'Text me again',
  'resend.sms_instead': 'Text me instead',
  'resend.busy_voice': 'Placing the call…',
  'resend.busy_sms': 'Sending the message…',
  'resend.wait': 'You can ask for another code in {countdown}',
  'resend.now': 'You can ask for another code now.',
  'resend.note': 'A new code replaces the old one.',

  'help.summary_voice': 'Didn’t get a call?',
  'help.summary_sms': 'Didn’t get a message?',
  'help.check_number': 'Check that the number above is right. Use “Change number” when it is not.',
  'help.silent': 'Look whether the phone is silent or set to “Do not disturb”.',
  'help.unknown': 'Some phones block callers they do not know. Switch that off for a moment.',
  'help.abroad': 'The call can come from a number in another country, or show no number.',
  'help.signal': 'Weak signal? Move closer to a window, or use a landline: the call works there too.',
  'help.signal_sms': 'Weak signal? Move closer to a window.',
  'help.voicemail': 'Do not use a code that was left on voicemail. Ask for another call and pick up yourself.',
  'help.landline': 'Landlines often cannot receive text messages. Ask for a call.',
  'help.spam': 'Look in the folder for messages from unknown senders.',
  'help.other_voice': 'Nothing works? Ask for a text message instead.',
  'help.other_sms': 'Nothing works? Ask for a call instead.',

  'ended.to_voice': 'The next call goes to {number}.',
  'ended.to_sms': 'The next message goes to {number}.',

  'done.heading': 'Your number is verified',
  'done.detail': 'You have shown that {number} is yours. There is nothing more to do.',
  'done.again': 'Verify another number',

  'privacy.summary': 'What happens to your number',
  'privacy.use': 'We pass it to the telephone company that places the call or sends the message, and use it for nothing else.',
  'privacy.keep': 'We keep no copy of it. Against misuse we count calls for up to a day, under a scrambled form that cannot be read back without our key.',
  'privacy.unasked': 'If you get a call that you did not ask for, hang up and do not pass the code on.',

  'error.heading': 'There is a problem',
  'error.prefix': 'Error:',
  'error.reference': 'Reference: {reference}',

  'field.phone_number.required': 'Enter a phone number',
  'field.region.required': 'Choose a country, or start the number with + and the country code',
  'field.code.code_empty': 'Enter the code',
  'field.code.code_letters': { one: 'Enter only the {count} digit of the code', other: 'Enter only the {count} digits of the code' },
  'field.code.code_too_short': { one: 'The code has {count} digit. What you entered is too short', other: 'The code has {count} digits. What you entered is too short' },
  'field.code.code_too_long': { one: 'The code has {count} digit. What you entered is too long', other: 'The code has {count} digits. What you entered is too long' },
  'field.code.code_incorrect': 'That is not the right code. Check it and enter it again',
  'field.code.code_incorrect_left': {
    one: 'That is not the right code. You have {count} try left',
    other: 'That is not the right code. You have {count} tries left',
  },

  'action.retry': 'Try again',
  'action.retry_wait': 'You can try again in {countdown}',
  'action.retry_now': 'You can try again now.',
  'action.other_number': 'Use a different number',
  'action.back_to_code': 'Back to the code',

  'problem.generic.title': 'Something went wrong',
  'problem.generic.detail': 'The service could not do this just now.',

  'problem.network.title': 'The service cannot be reached',
  'problem.network.detail': 'What you entered is still here. Check your connection, then press the button again.',
  'problem.offline.title': 'You are offline',
  'problem.offline.detail': 'What you entered is still here. Press the button again when you are connected.',
  'problem.timeout.title': 'The service took too long to answer',
  'problem.timeout.detail': 'What you entered is still here. Press the button again: you will not be called twice for it.',
  'problem.timeout.detail_check': 'What you entered is still here. Press the button again with the same code.',
  'problem.aborted.title': 'That was interrupted',
  'problem.aborted.detail': 'What you entered is still here. Press the button again.',
  'problem.unusable_answer.title': 'The service gave an answer this page does not understand',
  'problem.unusable_answer.detail': 'Nothing you entered is lost. Try again in a moment.',
  'problem.idempotency_key_in_use.title': 'We are still working on it',
  'problem.idempotency_key_in_use.detail': 'Your request is under way. Wait a moment, then press the button again: you will not be called twice for it.',
  'problem.start_again.title': 'The earlier code can no longer be used',
  'problem.start_again.detail': 'Check the number below and ask for a new code.',

  'problem.verification_not_found.title': 'We cannot find this verification',
  'problem.verification_not_found.detail': 'It may have ended. Ask for a new code to start again.',
  'problem.verification_expired.title': 'The code has expired',
  'problem.verification_expired.detail': 'Codes work for a few minutes only. Ask for a new one: you do not have to enter your number again.',
  'problem.attempts_exhausted.title': 'That was the last try for this code',
  'problem.attempts_exhausted.detail': 'For your safety a code can be tried only a few times. Ask for a new one: you do not have to enter your number again.',
  'problem.verification_canceled.title': 'This code was cancelled',
  'problem.verification_canceled.detail': 'It was replaced or stopped. Ask for a new one: you do not have to enter your number again.',
  'problem.verification_failed.title': 'This code can no longer be used',
  'problem.verification_failed.detail': 'The call did not get through, or the code was tried too often. Ask for a new one: you do not have to enter your number again.',
  'problem.delivery_unknown.title': 'We could not confirm the call or message',
  'problem.delivery_unknown.detail': 'If your phone rings or a message arrives now, that code will not work here. Ask for a new one.',
  'problem.check_unknown.title': 'We could not check the code',
  'problem.check_unknown.detail': 'Your code was not refused. Press the button again with the same code.',

  'problem.rate_limited.next': 'What you entered is kept here.',
  'problem.destination_not_allowed.next': 'Use a number of another kind or from another country.',
  'problem.capacity_reached.next': 'What you entered is kept here.',
  'problem.temporarily_unavailable.next': 'What you entered is kept here.',
  'problem.provider_error.next': 'What you entered is kept here. If it happens again, pass on the reference below.',
  'problem.internal_error.next': 'What you entered is kept here. If it happens again, pass on the reference below.',
};
