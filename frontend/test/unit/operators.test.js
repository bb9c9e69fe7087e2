/** What the figures of the operators' page say, before anything is drawn. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byMinute, ceiling, grouped, matching, share, totals } from '../../operators/figures.js';
import { stateOf } from '../../operators/health.js';
import { ago, lasts, regionName, ruleName } from '../../operators/words.js';

const minutes = (/** @type {Record<number, number>} */ counts) => Array.from({ length: 60 }, (_, minute) => counts[minute] ?? 0);

/** @param {string} region @param {string} channel @param {string} provider @param {[number, number, number, number]} counts in the last minute */
const route = (region, channel, provider, [asked, placed, answered, verified]) => ({ region, channel, provider, asked: minutes({ 59: asked }), placed: minutes({ 59: placed }), answered: minutes({ 59: answered }), verified: minutes({ 59: verified }) });

const routes = [route('NL', 'voice', 'messagebird', [4, 4, 1, 3]), route('NL', 'voice', '', [2, 0, 0, 0]), route('US', 'sms', 'twilio', [1, 1, 1, 0])];

test('each stage is within the one before: whoever verified has answered', () => {
  assert.deepEqual(totals(byMinute(routes)), { asked: 7, placed: 5, answered: 3, verified: 3 });
  assert.deepEqual(byMinute([])[59], { asked: 0, placed: 0, answered: 0, verified: 0 });
});

test('a filter narrows by each of its members, also to what nobody placed', () => {
  assert.equal(matching(routes, {}).length, 3);
  assert.deepEqual(matching(routes, { region: 'NL', provider: '' }), [routes[1]]);
  assert.deepEqual(matching(routes, { channel: 'sms' }), [routes[2]]);
});

test('groups stand by how often they are asked for', () => {
  assert.deepEqual(grouped(routes, ({ region }) => region).map(({ name, totals: { asked } }) => [name, asked]), [['NL', 6], ['US', 1]]);
});

test('nothing of nothing is no share', () => {
  assert.deepEqual([share(1, 3), share(0, 3), share(0, 0)], [33, 0, null]);
});

test('an axis ends at a round number with a whole half', () => {
  for (const highest of [0, 1, 3, 5, 9, 10, 11, 28, 41, 99, 100, 101, 12_345]) {
    const end = ceiling(highest);
    assert.ok(end >= highest && end <= Math.max(4, highest * 2.5) && Number.isInteger(end / 2), `${highest}: ${end}`);
  }
});

test('a breaker is as open as on the worst replica', () => {
  const breaker = { provider: 'twilio', op: 'start' };
  assert.deepEqual(stateOf({ ...breaker, closed: 2, half_open: 0, open: 1 }), { state: 'open', words: 'open on 1 of 3' });
  assert.deepEqual(stateOf({ ...breaker, closed: 0, half_open: 1, open: 0 }), { state: 'trying', words: 'trying' });
  assert.deepEqual(stateOf({ ...breaker, closed: 3, half_open: 0, open: 0 }), { state: 'closed', words: 'closed' });
});

test('what has no name of ours is told as it came', () => {
  assert.deepEqual([ruleName('prefix_limit'), ruleName('some_new_rule')], ['One range of numbers, too often', 'some new rule']);
  assert.deepEqual([regionName('NL'), regionName('001'), regionName('XX')], ['Netherlands', 'Elsewhere', 'XX']);
});

test('times are told as people do', () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  assert.equal(lasts(null, now), 'until it is lifted');
  assert.equal(lasts('2026-01-01T12:41:30Z', now), 'for another 42 min');
  assert.equal(lasts('2027-01-01T12:00:00Z', now), 'until it is lifted');
  assert.deepEqual([ago(3), ago(125), ago(7_300)], ['3 s ago', '2 min ago', '2 h ago']);
});
