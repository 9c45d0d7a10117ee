package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settledMemory waits two seconds and returns the proportional set size of a process and all below it, in bytes.
func settledMemory(pid int) (int64, error) {
	time.Sleep(2 * time.Second)
	children := map[int][]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		id, err1 := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(fields) < 2 || err1 != nil {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], id)
		}
	}
	var sum int64
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		sum += pss(next[0])
		next = append(next, children[next[0]]...)
	}
	if sum == 0 {
		return 0, fmt.Errorf("no memory was read for process %d", pid)
	}
	return sum, nil
}

// pss reads one process's proportional set size; one that has ended has none.
func pss(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "Pss:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// memoryOf reads a member of a process's status in bytes: VmRSS is what it has in memory, VmHWM the most it had.
func memoryOf(pid int, member string) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, member+":"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, member)
}

// clockTick is what the kernel counts a process's time in, for whoever reads it.
const clockTick = 10 * time.Millisecond

// cpuOf is the time that a process has spent, its own and the kernel's.
func cpuOf(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("process %d has no times", pid)
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, err
}

// most is how many of n connections this process may have open, which is less where the system's limit is low.
func most(n int) int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return n
	}
	const others = 200
	if room := int(min(limit.Max, 1<<20)) - others; room < n {
		fmt.Printf("only %d of %d connections: a process may have %d files open (ulimit -n)\n", room, n, limit.Max)
		return room
	}
	return n
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
