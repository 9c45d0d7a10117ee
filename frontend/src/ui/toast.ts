/** Toast is something to be told once. */
export interface Toast {
  readonly id: string
  readonly text: string
  readonly bad: boolean
}
