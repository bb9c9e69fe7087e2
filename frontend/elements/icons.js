/**
 * The one set of icons, drawn as elements: an image would be one more thing that the policy of the page around has
 * to allow. They say nothing that the words do not, and are hidden from assistive technology.
 */

/** Lines in a square of 24. @type {Readonly<Record<string, string>>} */
const LINES = {
  voice: 'M5 4h3.5l1.6 4.2-2 1.6a12 12 0 0 0 6.1 6.1l1.6-2L20 15.5V19a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4z',
  sms: 'M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z',
  done: 'M5 12.5l4.8 4.8L19 7.5',
  alert: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.8v5M12 16.1v.1',
  ended: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.5V12l3 2',
  globe: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c3.3 3.6 3.3 14.4 0 18M12 3c-3.3 3.6-3.3 14.4 0 18',
  chevron: 'M6 9.5l6 6 6-6',
  copy: 'M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1M5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1',
};

const SVG = 'http://www.w3.org/2000/svg';

/** @param {keyof typeof LINES & string} kind */
export function icon(kind) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('class', `icon icon-${kind}`);
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', LINES[kind] ?? '');
  picture.append(path);
  return picture;
}
