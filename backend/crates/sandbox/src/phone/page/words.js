// How numbers, codes and carriers are written. Nothing here touches the page.

const CARRIERS = { messagebird: 'MessageBird', twilio: 'Twilio' };

/** Codes of one and two digits; all others have three. */
const ONE = ['1', '7'];
const TWO = '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(' ');

/** How a national number is grouped where the usual threes would look wrong. */
const GROUPS = [['1', [3, 3, 4]], ['33', [1, 2, 2, 2, 2]], ['4420', [2, 4, 4]]];

/** The numbers that do not answer as usual, and one that does. */
export const NUMBERS = [
  ['01', 'answers as usual'],
  ['90', 'fails at once'],
  ['91', 'the line is busy'],
  ['92', 'nobody answers'],
  ['93', 'voicemail picks up'],
  ['94', 'rings for 40 seconds'],
  ['95', 'cannot be reached'],
  ['96', 'no money in the account'],
  ['97', 'the carrier crashes'],
  ['98', 'rings; the carrier answers late'],
  ['99', 'the carrier is too busy'],
].map(([ending, what]) => ({ number: `+44207946${ending === '01' ? '00' : '01'}${ending}`, what }));

/** A name that people know. */
export function carrierName(provider) {
  return CARRIERS[provider] ?? provider;
}

/** A number as people write it: the country, then groups. */
export function grouped(recipient) {
  const digits = recipient.replace(/^\+/, '');
  if (!/^\d{7,15}$/.test(digits)) return recipient;
  const length = ONE.includes(digits[0]) ? 1 : TWO.includes(digits.slice(0, 2)) ? 2 : 3;
  const national = digits.slice(length);
  const [, own] = GROUPS.find(([start]) => digits.startsWith(start)) ?? [];
  const groups = own && own.reduce((sum, size) => sum + size, 0) === national.length ? own : threes(national.length);
  let at = 0;
  return ['+' + digits.slice(0, length), ...groups.map((size) => national.slice(at, (at += size)))].join(' ');
}

/** A code as it is easiest to keep in mind. */
export function readable(code) {
  let at = 0;
  return threes(code.length).map((size) => code.slice(at, (at += size))).join(' ');
}

/** Groups of three; what is over makes the last ones longer, never a digit alone. */
function threes(length) {
  if (length < 5) return [length];
  const rest = length % 3;
  const groups = Array(Math.floor(length / 3)).fill(3);
  if (rest === 2) groups.push(2);
  if (rest === 1) groups[groups.length - 1] = 4;
  return groups;
}
