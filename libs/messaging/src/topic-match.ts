/**
 * AMQP topic match: `*` stands for one word, `#` for any number of words, also none, anywhere in the pattern.
 * @see https://www.rabbitmq.com/docs/exchanges#topic
 */
export function topicMatches(pattern: string, key: string): boolean {
  const patternWords = pattern.split('.');
  const keyWords = key.split('.');
  let reachable = new Set([0]);
  for (const word of patternWords) {
    reachable = step(word, keyWords, reachable);
    if (reachable.size === 0) return false;
  }
  return reachable.has(keyWords.length);
}

/** The places in the key that can be reached after one more word of the pattern; linear, so a hostile key costs nothing. */
function step(word: string, keyWords: readonly string[], from: ReadonlySet<number>): Set<number> {
  const to = new Set<number>();
  if (word === '#') {
    for (let place = Math.min(...from); place <= keyWords.length; place++) to.add(place);
    return to;
  }
  for (const place of from)
    if (place < keyWords.length && (word === '*' || word === keyWords[place])) to.add(place + 1);
  return to;
}
