package crawler

import (
	_ "embed"
	"strings"
)

// sieve lets through every anchor of a set of signs, and few other stretches of a page.
type sieve struct {
	holes  [1 << sieveBits]byte // not 0 where a hash of an anchor is: a byte is asked sooner than a bit; which bit says more of it
	factor uint32               // of that hash
}

const sieveBits = 14 // half of what the fast memory of a processor holds; with 15 more of it is missed than falls through less

// newSieve tries some factors, and takes that by which the fewest of the common stretches fall through.
func newSieve(anchors *[1 << slotBits]uint32) *sieve {
	var best *sieve
	least, factor := 0, uint32(2654435761)
	for range 64 {
		s, through := &sieve{factor: factor}, 0
		for _, four := range anchors {
			if four != 0 {
				s.holes[sieveHash(four, factor)] |= 1 << bitOf(four, factor)
			}
		}
		for four, weight := range fourWeights {
			through += weight * min(int(s.holes[sieveHash(four, factor)]), 1)
		}
		if best == nil || through < least {
			best, least = s, through
		}
		factor = factor*2654435761 | 1
	}
	return best
}

func sieveHash(four, factor uint32) uint32 { return four * factor >> (32 - sieveBits) }

// bitOf is the bit of a hole by which anchors are told from seven of eight others that fall into it.
func bitOf(four, factor uint32) uint32 { return four * factor >> (32 - sieveBits - 3) & 7 }

// let gives 1 where a stretch that falls into a hole may be an anchor, else 0: a number, since which of four may be one is
// foretold wrong as often as not.
func (s *sieve) let(four uint32) uint32 {
	return uint32(s.holes[sieveHash(four, s.factor)]) >> bitOf(four, s.factor) & 1
}

// commonest are the bytes of pages, those first that are most often on them.
const commonest = " etaiosnr-lc\".pdm0u/)h1g,=f2><b:w*v;3y54678k9x&'q}{(jz|#"

// commonness ranks a byte: the more often it stands on pages, the higher; 0 for those that hardly do.
func commonness(c byte) int { return int(byteRanks[c]) }

var byteRanks = func() (ranks [256]uint8) {
	for i := range len(commonest) {
		ranks[commonest[i]] = uint8(len(commonest) - i)
	}
	return ranks
}()

// commonFours are the stretches of four bytes of which pages are full, those first that are most often on them, a hundred
// and twenty bytes a line.
//
//go:embed fours.txt
var commonFours string

// fourWeights tells how common a stretch is; 0 of those that are not on the list.
var fourWeights = func() map[uint32]int {
	weights, at := map[uint32]int{}, 0
	for line := range strings.Lines(commonFours) {
		for ; len(line) > 4; line = line[4:] {
			at++
			weights[fourBytes(line)|foldFour] = 300_000 / (200 + at)
		}
	}
	return weights
}()
