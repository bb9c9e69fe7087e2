/**
 * The step a state belongs to and the heading of that step, which is also the title of the page.
 */

/** @import { State } from '../../state/machine.js' */
/** @import { Translator } from '../../i18n/translator.js' */
/** @import { Scene } from '../view-element.js' */

import { problemText } from '../../i18n/problem-text.js';
import { h } from '../dom.js';

/** What is on screen. @typedef {'loading' | 'phone' | 'code' | 'ended' | 'done' | 'problem'} Step */

/** @param {State} state @returns {Step} */
export function stepOf({ phase, ended }) {
  if (phase === 'starting') return 'phone';
  if (phase === 'checking' || phase === 'resending') return ended ? 'ended' : 'code';
  return phase;
}

/** @param {Translator} translator @param {State} state @returns {string} */
export function headingText(translator, state) {
  const step = stepOf(state);
  if (step === 'ended' && state.ended) return problemText(translator, state.ended).title;
  if (step === 'problem' && state.problem) return problemText(translator, state.problem.error).title;
  return translator.t(`${step === 'loading' ? 'phone' : step}.heading`);
}

/** The title of the page; an error is said first (A40). @param {Translator} translator @param {State} state @returns {string} */
export function pageTitle(translator, state) {
  const { t } = translator;
  const title = t('page.title', { heading: headingText(translator, state), brand: state.config?.brand ?? t('page.brand') });
  return state.faults.length > 0 || state.notice ? t('page.title_error', { title }) : title;
}

/** The heading of a step, ready to take the focus. @param {Scene} scene */
export function heading({ translator, state, level }) {
  return h(`h${level}`, { class: 'heading', tabindex: '-1' }, headingText(translator, state));
}
