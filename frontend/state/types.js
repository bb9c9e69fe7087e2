/**
 * The shapes of the flow: its state, and everything that can happen. Types only: no page loads this.
 */

/** @import { Client } from '../api/client.js' */
/** @import { Channel, Config, Problem, Region, Verification } from '../api/types.js' */
/** @import { Store } from './machine.js' */
/** @import { Session } from './own-page.js' */

/**
 * `loading` reads the configuration; `starting`, `checking` and `resending` wait for the service with
 * the form still on screen; `ended` has a verification whose code can no longer be used; `problem` is a
 * page of its own for what the person cannot mend by typing.
 * @typedef {'loading' | 'phone' | 'starting' | 'code' | 'checking' | 'resending' | 'ended' | 'done' | 'problem'} Phase
 */

/** @typedef {'phone_number' | 'region' | 'channel' | 'code'} Field */

/**
 * What is wrong with one field.
 * @typedef {object} Fault
 * @property {Field} field
 * @property {string} code
 * @property {string} detail the service's own sentence; empty when the page found the fault
 * @property {number | null} [attemptsRemaining]
 * @property {readonly string[]} [readings] the numbers that may be meant, the likelier one first
 */

/** @typedef {{ phoneNumber: string, region: string, channel: Channel }} Form */

/** @typedef {'load' | 'start' | 'check'} Retry */

/**
 * @typedef {object} PageProblem
 * @property {Problem} error
 * @property {Retry | null} retry what pressing "Try again" does; null when trying again cannot help
 * @property {number | null} retryAt local milliseconds before which it would be refused
 * @property {'phone' | 'code' | null} back the step one can return to
 */

/**
 * A verification with its two moments in local time.
 * @typedef {object} Attempt
 * @property {Verification} verification
 * @property {Form | null} [form] what it was asked for with; null after a reload
 * @property {number} expiresAt local milliseconds
 * @property {number} resendAt local milliseconds
 */

/**
 * @typedef {object} State
 * @property {Phase} phase
 * @property {Config | null} config
 * @property {Form} form what the person chose and typed, kept whatever happens
 * @property {string} code the code as it was last sent
 * @property {Attempt | null} attempt
 * @property {boolean} entering the person holds a code, however the call fares
 * @property {string | null} receipt the proof for the site's own server
 * @property {readonly Fault[]} faults shown beside their fields
 * @property {Problem | null} notice shown above a form that stays usable
 * @property {Problem | null} ended why the code can no longer be used
 * @property {PageProblem | null} problem
 */

/**
 * Everything that can happen.
 * @typedef {{ type: 'config_loaded', config: Config, form: Form, notice?: Problem }
 *   | { type: 'load_failed', error: Problem, at: number }
 *   | { type: 'load_again' }
 *   | { type: 'restored', config: Config, form: Form, attempt: Attempt, receipt?: string | null }
 *   | { type: 'start_refused', form: Form, faults: Fault[] }
 *   | { type: 'start_sent', form: Form }
 *   | { type: 'started', attempt: Attempt }
 *   | { type: 'start_failed', error: Problem, at: number }
 *   | { type: 'check_refused', faults: Fault[] }
 *   | { type: 'check_sent', code: string }
 *   | { type: 'checked', verification: Verification, receipt: string | null }
 *   | { type: 'check_failed', id: string, error: Problem, at: number }
 *   | { type: 'progressed', attempt: Attempt }
 *   | { type: 'resend_sent', channel: Channel }
 *   | { type: 'resent', of: string, attempt: Attempt }
 *   | { type: 'resend_failed', error: Problem, at: number }
 *   | { type: 'code_expired', error: Problem }
 *   | { type: 'enter_code' }
 *   | { type: 'change_number' }
 *   | { type: 'return_to_code' }
 *   | { type: 'go_back' }
 *   | { type: 'proof_expired' }
 *   | { type: 'start_over', phoneNumber?: string }} Event
 */

/**
 * @typedef {object} FlowOptions
 * @property {Client} client
 * @property {Store} store
 * @property {Session} session
 * @property {() => { locale: string, reference?: string, nonce?: string }} extras what is sent along: the spoken language, the page's own reference
 * @property {(config: Config) => Config} [only] what of the configuration the page wants
 * @property {(config: Config) => Form} firstForm what the form holds at first
 * @property {(typed: string, regions: readonly Region[]) => string | null} [dialled] the number that will be dialled, where that is certain
 * @property {() => string} newKey
 * @property {() => number} now milliseconds
 */

export {};
