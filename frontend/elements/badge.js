/**
 * The round pictures beside headings, drawn as elements: an image would be one more thing that the policy of the
 * page around has to allow. They say nothing that the words do not, and are hidden from assistive technology.
 */

import { h } from './dom.js';

/** @typedef {'voice' | 'sms' | 'ended' | 'problem' | 'done'} Badge */

/** Lines in a square of 24. @type {Readonly<Record<Badge, string>>} */
const LINES = {
  voice: 'M5.5 3.5h2.7a1 1 0 0 1 1 .76l.9 3.6a1 1 0 0 1-.3 1l-1.5 1.4a13 13 0 0 0 5.4 5.4l1.4-1.5a1 1 0 0 1 1-.3l3.6.9a1 1 0 0 1 .76 1v2.7a2 2 0 0 1-2.2 2A17 17 0 0 1 3.5 5.7a2 2 0 0 1 2-2.2z',
  sms: 'M5 4.5h14a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2h-7l-4.5 3.5V17H5a2 2 0 0 1-2-2V6.5a2 2 0 0 1 2-2zM8 10.8h.01M12 10.8h.01M16 10.8h.01',
  ended: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.5V12l3 2',
  problem: 'M12 5.5v8M12 18h.01',
  done: 'm5 12.8 4.6 4.6L19.5 7',
};

const SVG = 'http://www.w3.org/2000/svg';

/** @param {Badge} kind */
export function badge(kind) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', LINES[kind]);
  picture.append(path);
  return h('span', { class: `badge badge-${kind}`, 'aria-hidden': 'true' }, picture);
}
