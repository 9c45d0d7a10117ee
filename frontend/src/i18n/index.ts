// The languages of the page, and how values from outside find their words. A value that this page does not know
// yet is said as it is, never left out.
import { Formats } from '../core/format'
import type { Problem, Trouble } from '../core/host'
import { de } from './de'
import { en, type Catalogue } from './en'

export type { Catalogue } from './en'

/** The languages there are, each by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

const CATALOGUES: Record<Language, (f: Formats) => Catalogue> = { en, de }

/** Speech is all that is needed to say something: the words and the forms of numbers and dates. */
export interface Speech {
  readonly language: Language
  readonly words: Catalogue
  readonly formats: Formats
}

/** speak returns the words of the chosen language; '' chooses the first of the system's that there is. */
export function speak(chosen: string, system: readonly string[]): Speech {
  const wanted = chosen === '' ? system : [chosen]
  const tag = wanted.find((each) => languageOf(each) !== undefined) ?? 'en'
  const language = languageOf(tag) ?? 'en'
  const formats = new Formats(tag)
  return { language, words: CATALOGUES[language](formats), formats }
}

function languageOf(tag: string): Language | undefined {
  const [base] = tag.toLowerCase().split('-')
  return base === 'en' || base === 'de' ? base : undefined
}

/** worded looks a value up in a table of words. */
export function worded(table: Readonly<Record<string, string>>, value: string): string {
  return Object.hasOwn(table, value) ? (table[value] ?? value) : value
}

/** problemText says what went wrong and what to do. */
export function problemText(words: Catalogue, problem: Problem): string {
  const table: Readonly<Record<string, (args: string[]) => string>> = words.problems
  return table[String(problem.kind)]?.(problem.args) ?? words.problemUnknown(problem.kind)
}

/** lineText says a line of a chat's history. */
export function lineText(words: Catalogue, code: string, args: string[]): string {
  const table: Readonly<Record<string, (args: string[]) => string>> = words.lines
  return Object.hasOwn(table, code) ? (table[code]?.(args) ?? code) : words.lineUnknown(code)
}

/** troubleText says what is wrong with a disk, a file or the server, and what to do. */
export function troubleText(words: Catalogue, trouble: Trouble): string {
  const table: Readonly<Record<string, (args: string[]) => string>> = words.troubles
  return Object.hasOwn(table, trouble.code) ? (table[trouble.code]?.(trouble.args) ?? trouble.code) : words.troubleUnknown(trouble.code)
}
