// What can be done with a chat beside writing: what the host says is possible, in the order of the menu.
import type { Host, Queued, Thread } from '../../core/host'
import type { Catalogue } from '../../i18n'
import type { MenuItem } from '../../ui/menu'

/** What the deeds need of the desk. */
export interface DeedDesk {
  readonly words: Catalogue
  readonly host: Pick<Host, 'Return' | 'Hold' | 'Resume' | 'Close'>
  openTransfer(chats: string[]): void
}

const MENU = ['transfer', 'return', 'hold', 'resume', 'close'] as const

/** deeds returns the entries of the menu "Actions" for a conversation. */
export function deeds(desk: DeedDesk, { chat, actions }: Pick<Thread, 'chat' | 'actions'>): MenuItem[] {
  const run = {
    transfer: () => desk.openTransfer([chat]),
    return: () => void desk.host.Return(chat),
    hold: () => void desk.host.Hold(chat),
    resume: () => void desk.host.Resume(chat),
    close: () => void desk.host.Close(chat),
  }
  return MENU.filter((name) => can(actions, name)).map((name) => ({ key: name, text: desk.words.deeds[name], run: run[name] }))
}

/** can says whether an action is among those that the host offers. */
export function can(actions: readonly string[], name: string): boolean {
  return actions.includes(name)
}

/** waitingCommand is the newest command of a kind for a chat that the server has not confirmed, if there is one. */
export function waitingCommand(queued: readonly Queued[], chat: string, kind: string): Queued | undefined {
  return queued.findLast((each) => each.chat === chat && each.kind === kind)
}
