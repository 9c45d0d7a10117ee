//go:build !race

package simulation

// seeds is how many TestSeeds runs unless it is told.
const seeds = 500
