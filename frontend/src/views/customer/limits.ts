// What the server takes of a chat's alias and tags, told before it is asked. The numbers are those of package chat; a
// test compares them.

/** The longest alias and tag, in characters, and how many tags a chat may have. */
export const MAX_ALIAS = 64
export const MAX_TAG = 32
export const MAX_TAGS = 20

/** TagFault is why a tag cannot be added. */
export type TagFault = 'long' | 'full' | 'there'

/** tagFault says why a tag cannot be added to those that a chat has; undefined if it can. */
export function tagFault(tag: string, tags: readonly string[]): TagFault | undefined {
  if ([...tag].length > MAX_TAG) return 'long'
  const same = tag.toLocaleLowerCase()
  if (tags.some((each) => each.toLocaleLowerCase() === same)) return 'there'
  return tags.length >= MAX_TAGS ? 'full' : undefined
}
