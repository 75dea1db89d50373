package main

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"time"
)

// milliseconds is a flag of the form Method:ms,Method:ms.
type milliseconds map[string]int

func (m milliseconds) String() string { return "" }

func (m milliseconds) Set(value string) error {
	for _, entry := range strings.Split(value, ",") {
		method, text, _ := strings.Cut(entry, ":")
		ms, err := strconv.Atoi(text)
		if err != nil || ms < 0 || method == "" {
			return fmt.Errorf("%q is not Method:ms", entry)
		}
		m[method] = ms
	}
	return nil
}

// delays says how long calls or tasks take.
type delays struct {
	all      int
	jitter   float64
	byMethod milliseconds
}

// of is the delay of one call of the method.
func (d *delays) of(method string) time.Duration {
	mean := float64(d.all + d.byMethod[method])
	if d.jitter > 0 {
		mean += rand.NormFloat64() * d.jitter * mean
	}
	if mean <= 0 {
		return 0
	}
	return time.Duration(mean * float64(time.Millisecond))
}
