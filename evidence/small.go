package evidence

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sync"
)

// smallest is up to which length a record is packed by smallCode. Page records are longer, and gain from codes of their own.
const smallest = 4 << 10

// smallCode writes short texts as gzip members with one set of codes, made once from a text of their kind. Two records of
// half a kilobyte follow from each request, and to make codes for each costs ten times what it takes to write them.
// Any reader of gzip reads them: the codes stand in each member, as they do in those of other writers.
type smallCode struct {
	front []byte // of every member: the gzip header and, as far as it fills bytes, the head of its one block
	rest  bits   // what of the block's head fills no byte
	chars [286]code
	far   [30]code
	desks sync.Pool // of *desk
}

// desk is what is worked with while a text is written. On a goroutine's stack it would make most of them grow.
type desk struct {
	at     [1 << 10]uint16 // by the hash of four bytes: one more than where they stood last
	tokens []token
}

// code is one Huffman code, its bits in the order in which they are written.
type code struct {
	bits uint32
	n    uint8
}

// bits are written from the lowest on.
type bits struct {
	acc uint64
	n   uint
}

func (b *bits) add(out []byte, v uint32, n uint8) []byte {
	b.acc |= uint64(v) << b.n
	for b.n += uint(n); b.n >= 32; b.n -= 32 {
		out = binary.LittleEndian.AppendUint32(out, uint32(b.acc))
		b.acc >>= 32
	}
	return out
}

// whole writes the bytes that are full, and with pad what is left.
func (b *bits) whole(out []byte, pad bool) []byte {
	for b.n >= 8 || pad && b.n > 0 {
		out = append(out, byte(b.acc))
		b.acc >>= 8
		b.n -= min(b.n, 8)
	}
	return out
}

const blockEnd = 256

// RFC 1951, 3.2.5: where the ranges of lengths and distances begin, and how many bits tell the place within each.
var (
	lengthBase  = [...]int{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [...]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	farBase     = [...]int{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073}
	farExtra    = [...]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10}
	headOrder   = [...]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

func rangeOf(base []int, v int) int {
	i := 0
	for i+1 < len(base) && base[i+1] <= v {
		i++
	}
	return i
}

// newSmallCode makes the codes from texts such as will be written. Every byte gets one, be it a long one.
func newSmallCode(like ...[]byte) *smallCode {
	var chars [286]int
	var far [30]int
	for i := range chars {
		chars[i] = 1
	}
	for i := range farBase {
		far[i] = 1
	}
	for _, text := range like {
		for _, t := range new(desk).read(text) {
			if t < again {
				chars[t] += 16
				continue
			}
			length, distance := t.stretch()
			chars[257+rangeOf(lengthBase[:], length)] += 16
			far[rangeOf(farBase[:], distance)] += 16
		}
	}
	c := &smallCode{desks: sync.Pool{New: func() any { return new(desk) }}}
	lengths := slices.Concat(lengthsOf(chars[:], 15), lengthsOf(far[:], 15))
	copy(c.chars[:], codesOf(lengths[:len(chars)]))
	copy(c.far[:], codesOf(lengths[len(chars):]))
	c.front = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255} // no name, no time, made for speed, on no system
	c.head(lengths)
	return c
}

// head writes the head of the block: which byte has a code of which length (RFC 1951, 3.2.7).
func (c *smallCode) head(lengths []uint8) {
	type step struct {
		symbol int
		extra  uint32
		n      uint8
	}
	var steps []step
	var often [19]int
	for i := 0; i < len(lengths); {
		n := 1
		for i+n < len(lengths) && lengths[i+n] == lengths[i] && n < 7 {
			n++
		}
		steps = append(steps, step{symbol: int(lengths[i])})
		often[lengths[i]]++
		if n >= 4 { // the same three to six times more
			steps = append(steps, step{16, uint32(n - 4), 2})
			often[16]++
		} else {
			n = 1
		}
		i += n
	}
	of := lengthsOf(often[:], 7)
	codes := codesOf(of)
	put := func(v uint32, n uint8) { c.front = c.rest.add(c.front, v, n) }
	put(1|2<<1, 3) // the last block, with codes of its own
	put(286-257, 5)
	put(30-1, 5)
	put(19-4, 4)
	for _, i := range headOrder {
		put(uint32(of[i]), 3)
	}
	for _, s := range steps {
		put(codes[s.symbol].bits, codes[s.symbol].n)
		put(s.extra, s.n)
	}
	c.front = c.rest.whole(c.front, false)
}

// lengthsOf gives Huffman's lengths for symbols of these weights, none longer than most; 0 for those of no weight.
func lengthsOf(weights []int, most uint8) []uint8 {
	type node struct {
		weight  int
		symbols []int
	}
	lengths := make([]uint8, len(weights))
	var nodes []node
	for i, w := range weights {
		if w > 0 {
			nodes = append(nodes, node{w, []int{i}})
		}
	}
	for len(nodes) > 1 {
		slices.SortStableFunc(nodes, func(a, b node) int { return a.weight - b.weight })
		joined := node{nodes[0].weight + nodes[1].weight, slices.Concat(nodes[0].symbols, nodes[1].symbols)}
		for _, s := range joined.symbols {
			lengths[s]++
		}
		nodes = append(nodes[2:], joined)
	}
	if slices.Max(lengths) <= most {
		return lengths
	}
	flatter := make([]int, len(weights))
	for i, w := range weights {
		flatter[i] = (w + 1) / 2
	}
	return lengthsOf(flatter, most)
}

// codesOf numbers the codes of these lengths as every reader does (RFC 1951, 3.2.2).
func codesOf(lengths []uint8) []code {
	codes := make([]code, len(lengths))
	next := uint32(0)
	for n := uint8(1); n <= 15; n++ {
		for i, l := range lengths {
			if l != n {
				continue
			}
			turned := uint32(0)
			for b := range n {
				turned |= next >> b & 1 << (n - 1 - b)
			}
			codes[i] = code{turned, n}
			next++
		}
		next <<= 1
	}
	return codes
}

// token is a byte, or where the same stretch stood before: its length above its distance.
type token uint32

const again token = 1 << 31

func (t token) stretch() (length, distance int) { return int(t &^ again >> 16), int(t & 0xffff) }

// read puts a text of at most smallest bytes as its bytes and what is said again. It is good until the next text.
func (d *desk) read(text []byte) []token {
	clear(d.at[:])
	to, i := d.tokens[:0], 0
	for i+4 <= len(text) {
		four := binary.LittleEndian.Uint32(text[i:])
		slot := &d.at[four*2654435761>>22]
		before := int(*slot) - 1
		*slot = uint16(i + 1)
		if before < 0 || binary.LittleEndian.Uint32(text[before:]) != four {
			to = append(to, token(text[i]))
			i++
			continue
		}
		n := 4
		for i+n < len(text) && n < 258 && text[before+n] == text[i+n] {
			n++
		}
		to = append(to, again|token(n<<16|(i-before)))
		i += n
	}
	for _, b := range text[i:] {
		to = append(to, token(b))
	}
	d.tokens = to
	return to
}

// add adds the text, of at most smallest bytes, as one gzip member.
func (c *smallCode) add(to *bytes.Buffer, text []byte) {
	to.Grow(len(c.front) + 2*len(text) + 16) // no code is longer than fifteen bits
	out, b := append(to.AvailableBuffer(), c.front...), c.rest
	d := c.desks.Get().(*desk)
	defer c.desks.Put(d)
	for _, t := range d.read(text) {
		if t < again {
			out = b.add(out, c.chars[t].bits, c.chars[t].n)
			continue
		}
		length, distance := t.stretch()
		l, f := rangeOf(lengthBase[:], length), rangeOf(farBase[:], distance)
		out = b.add(out, c.chars[257+l].bits, c.chars[257+l].n)
		out = b.add(out, uint32(length-lengthBase[l]), lengthExtra[l])
		out = b.add(out, c.far[f].bits, c.far[f].n)
		out = b.add(out, uint32(distance-farBase[f]), farExtra[f])
	}
	out = b.add(out, c.chars[blockEnd].bits, c.chars[blockEnd].n)
	out = b.whole(out, true)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(text))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	to.Write(out)
}
