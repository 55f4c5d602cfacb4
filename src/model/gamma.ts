/** The gamma distribution, for sums of what is burned: never negative, skewed, and given by mean and variance. */

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const

/** Lanczos (g = 7, nine terms): good to 15 digits for every positive `x`. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = 0.9999999999998099
  LANCZOS.forEach((term, index) => {
    sum += term / (x + index)
  })
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Upper regularised incomplete gamma function Q(shape, x): the chance of more than `x` at scale 1. */
function upperShare(shape: number, x: number): number {
  if (x <= 0) return 1
  const factor = Math.exp(-x + shape * Math.log(x) - logGamma(shape))
  return x < shape + 1 ? 1 - factor * lowerSeries(shape, x) : factor * upperFraction(shape, x)
}

function lowerSeries(shape: number, x: number): number {
  let term = 1 / shape
  let sum = term
  for (let n = 1; n < 1_000 && term > sum * 1e-14; n++) {
    term *= x / (shape + n)
    sum += term
  }
  return sum
}

/** Lentz's method on the continued fraction. */
function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 1_000; n++) {
    const a = -n * (n - shape)
    b += 2
    d = 1 / (a * d + b)
    c = b + a / c
    const delta = d * c
    fraction *= delta
    if (Math.abs(delta - 1) < 1e-14) break
  }
  return fraction
}

/** The chance that a sum of this mean and variance is at least `x`. Without any variance it is the mean itself. */
export function chanceAtLeast(x: number, mean: number, variance: number): number {
  if (x <= 0) return 1
  if (mean <= 0) return 0
  if (variance <= mean * mean * 1e-8) return mean >= x ? 1 : 0
  return Math.min(1, Math.max(0, upperShare((mean * mean) / variance, (x * mean) / variance)))
}

/** The value that such a sum stays below with this chance (0 < chance < 1). */
export function quantileOf(chance: number, mean: number, variance: number): number {
  if (mean <= 0) return 0
  let low = 0
  let high = mean
  while (chanceAtLeast(high, mean, variance) > 1 - chance && high < mean * 1e6) high *= 2
  for (let step = 0; step < 60 && high - low > mean * 1e-7; step++) {
    const middle = (low + high) / 2
    if (chanceAtLeast(middle, mean, variance) > 1 - chance) low = middle
    else high = middle
  }
  return (low + high) / 2
}
