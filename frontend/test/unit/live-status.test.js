/** What is said aloud, and how often, by a clock that the test moves. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

/** As much of an element as a text needs. */
class Plain {
  textContent = '';
}
Object.assign(globalThis, { HTMLElement: Plain });
const { LiveStatus } = await import('../../elements/messages.js');

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
afterEach(() => mock.timers.reset());

test('A32 A43: news are said three times a minute at most; later ones wait, and only the newest is said', () => {
  const region = new LiveStatus();
  const said = () => region.textContent;
  for (const text of ['one', 'two', 'three']) {
    region.mention(text);
    assert.equal(said(), text);
    mock.timers.tick(5_000);
  }
  region.mention('four');
  mock.timers.tick(20_000);
  region.mention('five');
  assert.equal(said(), 'three');
  mock.timers.tick(24_999);
  assert.equal(said(), 'three');
  mock.timers.tick(1);
  assert.equal(said(), 'five');
});

test('what answers a press is said at once, however much was said before', () => {
  const region = new LiveStatus();
  for (const text of ['one', 'two', 'three']) region.mention(text);
  region.announce('Checking…');
  assert.equal(region.textContent, 'Checking…');
});

test('news of a step that is over are not said any more', () => {
  const region = new LiveStatus();
  for (const text of ['one', 'two', 'three', 'four']) region.mention(text);
  region.hush();
  mock.timers.tick(120_000);
  assert.equal(region.textContent, '');
});

test('the same sentence again is a change, so that it is said again', () => {
  const region = new LiveStatus();
  region.announce('one');
  region.announce('one');
  assert.notEqual(region.textContent, 'one');
  assert.equal(region.textContent.replace('\u200B', ''), 'one');
});
