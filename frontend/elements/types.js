/**
 * What elements are given to show, and what they tell. Types only: no page loads this.
 */

/** @import { Channel } from '../api/types.js' */
/** @import { Translator } from '../i18n/types.js' */
/** @import { Flow } from '../state/flow.js' */
/** @import { Store } from '../state/machine.js' */
/** @import { Session } from '../state/own-page.js' */
/** @import { Fault, Field, Form, State } from '../state/types.js' */

/**
 * What an element is given to show.
 * @typedef {object} Scene
 * @property {State} state
 * @property {Translator} translator
 * @property {() => number} now milliseconds
 * @property {1 | 2} level of the heading: 1 where the flow is the page, 2 where it is a part of one
 * @property {string} brand shown above the flow; empty for none
 * @property {boolean} fixed whether the number is the page's and cannot be changed here
 * @property {boolean} hideLanguage
 * @property {boolean} hidePrivacy
 */

/**
 * What elements tell, by event name.
 * @typedef {{
 *   'phone-submitted': { form: Form, faults: Fault[] },
 *   'code-submitted': { code: string, faults: Fault[] },
 *   'code-timed-out': null,
 *   'resend-requested': { channel: Channel },
 *   'number-change-requested': null,
 *   'retry-requested': null,
 *   'back-requested': null,
 *   'code-at-hand': null,
 *   'start-over-requested': null,
 *   'action-pressed': { name: string },
 *   'status-changed': { text: string, unasked?: boolean },
 *   'language-chosen': { locale: string },
 * }} News
 */

/**
 * @typedef {Scene & { controls: Partial<Record<Field, HTMLElement>>, codeLength: number, checking: boolean, shown: boolean }} SummaryView
 * `shown`: whether faults are listed here; a notice always is
 */

/**
 * What a page made for the flow lends to it.
 * @typedef {object} Controller
 * @property {Session} session where the id of the verification survives a reload
 * @property {boolean} restore whether to take up the verification that is kept there
 * @property {(parts: { store: Store, flow: Flow, signal: AbortSignal }) => void} follow called at each connection
 * @property {(scene: Scene) => void} shown called after each change of what is on screen
 */

/**
 * What survives a reload, as the browser keeps it for each control of a form.
 * @typedef {{ id: string, receipt: string | null, until: number }} Kept `until`: when the receipt runs out, by this machine's clock
 */

export {};
