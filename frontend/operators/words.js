/** What things are called on the operators' page. */

/** Why a start came to nothing, as metrics name it. @type {Readonly<Record<string, string>>} */
const RULES = {
  number_limit: 'One number, too often',
  client_limit: 'One address, too often',
  caller_limit: 'One service, too often',
  prefix_limit: 'One range of numbers, too often',
  region_limit: 'Region’s daily limit',
  region_closed: 'Region closed by the watch',
  hourly_cap: 'Hourly cap',
  daily_cap: 'Daily cap',
  destination_not_allowed: 'Not allowed, closed or blocked',
  channel_closed: 'Channel not offered',
  landline: 'Message to a landline',
  paused: 'Paused',
  recipient_refused: 'Provider refused the number',
  provider_error: 'Provider refused us',
  not_placed: 'Provider could not be reached',
  delivery_unknown: 'Provider gave no usable answer',
  store_unreachable: 'Store could not decide',
};

/** @type {Readonly<Record<string, string>>} */
const PROVIDERS = { messagebird: 'MessageBird', twilio: 'Twilio', '': 'Not placed' };

/** @type {Readonly<Record<string, string>>} */
export const STAGE = { asked: 'Asked for', placed: 'Placed', answered: 'Answered', verified: 'Verified' };

/** @param {string} rule */
export const ruleName = (rule) => RULES[rule] ?? rule.replaceAll('_', ' ');

/** @param {string} provider */
export const providerName = (provider) => PROVIDERS[provider] ?? provider;

/** @param {string} channel */
export const channelName = (channel) => (channel === 'sms' ? 'Messages' : channel === 'voice' ? 'Calls' : 'Calls and messages');

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** @param {string} region */
export function regionName(region) {
  if (region === '001') return 'Elsewhere';
  try {
    return regions.of(region) ?? region;
  } catch {
    return region;
  }
}

const whole = new Intl.NumberFormat('en');

/** @param {number} count */
export const number = (count) => whole.format(count);

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** @param {Date | number} at */
export const time = (at) => clock.format(at);

/** @param {Date | number} at */
export const exactTime = (at) => clockWithSeconds.format(at);

/** How long from now until then, in words. @param {string | null} until @param {number} now */
export function lasts(until, now) {
  if (until === null) return 'until it is lifted';
  const end = Date.parse(until);
  const minutes = Math.max(1, Math.ceil((end - now) / 60_000));
  if (minutes < 60) return `for another ${minutes} min`;
  if (minutes < 24 * 60) return `until ${time(end)}`;
  return minutes > 300 * 24 * 60 ? 'until it is lifted' : `until ${day.format(end)}`;
}

/** @param {number} seconds */
export function ago(seconds) {
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}
