// Numbers, dates, ages and plurals in the agent's language, all by Intl. Moments are milliseconds of the server's clock.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

export class Formats {
  readonly #plural: Intl.PluralRules
  readonly #number: Intl.NumberFormat
  readonly #list: Intl.ListFormat
  readonly #time: Intl.DateTimeFormat
  readonly #date: Intl.DateTimeFormat
  readonly #dateWithYear: Intl.DateTimeFormat
  readonly #moment: Intl.DateTimeFormat
  readonly #relative: Intl.RelativeTimeFormat
  readonly #units = new Map<string, Intl.NumberFormat>()

  constructor(readonly language: string, timeZone?: string) {
    const zone = timeZone === undefined ? {} : { timeZone }
    this.#plural = new Intl.PluralRules(language)
    this.#number = new Intl.NumberFormat(language)
    this.#list = new Intl.ListFormat(language, { type: 'unit', style: 'short' })
    this.#time = new Intl.DateTimeFormat(language, { timeStyle: 'short', ...zone })
    this.#date = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', ...zone })
    this.#dateWithYear = new Intl.DateTimeFormat(language, { dateStyle: 'long', ...zone })
    this.#moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', ...zone })
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  }

  number(n: number): string {
    return this.#number.format(n)
  }

  /** plural chooses the form for n and puts n in the place of its #. */
  plural(n: number, forms: Forms): string {
    return (forms[this.#plural.select(n)] ?? forms.other).replaceAll('#', this.number(n))
  }

  list(items: readonly string[]): string {
    return this.#list.format(items)
  }

  /** age is a span in one unit: "4m" or, in words, "4 minutes"; under a minute it is "0m", "0 minutes". */
  age(millis: number, words: boolean): string {
    const span = Math.max(0, millis)
    if (span < HOUR) return this.#unit(Math.floor(span / MINUTE), 'minute', words)
    if (span < DAY) return this.#unit(Math.floor(span / HOUR), 'hour', words)
    return this.#unit(Math.floor(span / DAY), 'day', words)
  }

  /** left is what remains of a span, in hours and minutes; never rounded up. */
  left(millis: number): string {
    const minutes = Math.max(0, Math.floor(millis / MINUTE))
    const hours = Math.floor(minutes / 60)
    const rest = this.#unit(minutes % 60, 'minute', false)
    return hours === 0 ? rest : this.list([this.#unit(hours, 'hour', false), rest])
  }

  /** countdown is what remains of a span in one unit, seconds in the last minute. */
  countdown(millis: number): string {
    const span = Math.max(0, millis)
    return span < MINUTE ? this.#unit(Math.ceil(span / 1000), 'second', false) : this.age(span, false)
  }

  time(at: number): string {
    return this.#time.format(at)
  }

  /** moment is a day and a time. */
  moment(at: number): string {
    return this.#moment.format(at)
  }

  /** when is a time, with the day if that is not the day of now. */
  when(at: number, now: number): string {
    return this.dayKey(at) === this.dayKey(now) ? this.time(at) : this.moment(at)
  }

  /** dayKey names the day of a moment, for comparing. */
  dayKey(at: number): string {
    return this.#dateWithYear.format(at)
  }

  /** day is the day of a moment as people say it: today, yesterday, a weekday with its date, a date with its year. */
  day(at: number, now: number): string {
    if (this.dayKey(at) === this.dayKey(now)) return this.#capital(this.#relative.format(0, 'day'))
    if (this.dayKey(at) === this.dayKey(now - DAY)) return this.#capital(this.#relative.format(-1, 'day'))
    return now - at < 300 * DAY ? this.#date.format(at) : this.dayKey(at)
  }

  /** size is a file's size in the largest unit that it fills. */
  size(bytes: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
    const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
    const amount = bytes / 1000 ** step
    const digits = step === 0 || amount >= 10 ? 0 : 1
    return this.#format(units[step] ?? 'byte', 'short', digits).format(amount)
  }

  #unit(n: number, unit: string, words: boolean): string {
    return this.#format(unit, words ? 'long' : 'narrow', 0).format(n)
  }

  #format(unit: string, unitDisplay: 'long' | 'short' | 'narrow', maximumFractionDigits: number): Intl.NumberFormat {
    const key = `${unit} ${unitDisplay} ${maximumFractionDigits}`
    let format = this.#units.get(key)
    if (format === undefined) {
      format = new Intl.NumberFormat(this.language, { style: 'unit', unit, unitDisplay, maximumFractionDigits })
      this.#units.set(key, format)
    }
    return format
  }

  #capital(text: string): string {
    return text.charAt(0).toLocaleUpperCase(this.language) + text.slice(1)
  }
}
