//go:build race

package inbox

// slower is by how much the detector makes the long tests slower; nothing of them is concurrent.
const slower = 20
