// The one line that says how the console stands with its server. It names times, not ages, so that it changes
// only when something has, or a day is over.
import type { Formats } from '../../core/format'
import type { Status } from '../../core/host'
import { worded, type Catalogue } from '../../i18n'

/** connectionLine puts the phase into words, at a time of this machine. */
export function connectionLine(words: Catalogue, formats: Formats, status: Status, machineNow: number): string {
  const now = machineNow + status.clockOffset
  switch (status.phase) {
    case 'offline':
      return `${words.offlineSince(formats.when(status.since, machineNow))}, ${dataLine(words, formats, status, now)}. ${words.offlineWork}`
    case 'connecting':
      return status.dataAt === 0 ? words.phases.connecting : `${words.phases.connecting} ${dataLine(words, formats, status, now)}`
    case 'current':
      return status.server === '' ? words.phases.current : `${words.phases.current}: ${status.server}`
  }
  return worded(words.phases, status.phase)
}

function dataLine(words: Catalogue, formats: Formats, status: Status, now: number): string {
  return status.dataAt === 0 ? words.noData : words.dataOf(formats.when(status.dataAt, now))
}

/** keychainText says what is the matter with the keychain; a locked one that holds the token is to be unlocked to sign in. */
export function keychainText(words: Catalogue, status: Pick<Status, 'keychain' | 'phase'>): string {
  const out = status.phase === 'signed_out' || status.phase === 'offline'
  return status.keychain === 'locked' && out ? words.keychain.unlock : worded(words.keychain, status.keychain)
}

/** mayTry tells whether the server, or the keychain with the token for it, can be asked again at once. */
export function mayTry(status: Pick<Status, 'keychain' | 'phase'>): boolean {
  return status.phase === 'offline' || (status.phase === 'signed_out' && status.keychain === 'locked')
}
