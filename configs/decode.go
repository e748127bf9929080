package configs

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"doorknock/audit"
)

// Bounds of a settings file: nobody writes more by hand, and the parser's memory and stack grow with them.
const (
	maxFile    = 1 << 20 // bytes
	maxLine    = 16 << 10
	maxLines   = 5000 // the parser takes a minute for fifty thousand keys
	maxNesting = 100
)

// decoder lays a YAML file over a Go value. The library's own strict decoding stops at the first mistake; an operator
// wants them all, so this walks the library's tree beside the value and notes each mistake where it stands.
type decoder struct {
	file     string
	env      func(string) (string, bool)
	mistakes Mistakes
	at       map[string]*token.Position // by key path, as crawl.pace
}

// decode reads data over into, a pointer to a struct that holds the defaults.
func (d *decoder) decode(data []byte, into any) {
	text, wrong := asText(data)
	if wrong != "" {
		d.mistakes = append(d.mistakes, Mistake{File: d.file, Text: wrong})
		return
	}
	if d.unfit(text) {
		return
	}
	root, err := parse(text)
	if err != nil {
		d.syntax(err)
		return
	}
	if root != nil {
		d.value("", root, reflect.ValueOf(into).Elem())
	}
}

// unfit notes every line with characters that nobody sees, or that are none, and reports whether there was one.
func (d *decoder) unfit(text []byte) bool {
	before, n := len(d.mistakes), 0
	for line := range bytes.Lines(text) {
		n++
		if wrong, column := unfit(line); wrong != "" && len(d.mistakes) < maxMistakes {
			d.mistakes = append(d.mistakes, Mistake{File: d.file, Line: n, Column: column, Text: wrong})
		}
	}
	return len(d.mistakes) > before
}

// nesting is the most brackets that are open at once, or dashes that begin a line: a bound on how deep the parser, which
// calls itself, can go.
func nesting(data []byte) (deepest int) {
	open := 0
	for line := range bytes.Lines(data) {
		begin := line[:len(line)-len(bytes.TrimLeft(line, " -?"))]
		deepest = max(deepest, bytes.Count(begin, []byte("-"))+bytes.Count(begin, []byte("?")))
		for _, c := range line {
			switch c {
			case '[', '{':
				open++
				deepest = max(deepest, open)
			case ']', '}':
				open = max(open-1, 0)
			}
		}
	}
	return deepest
}

// parse gives the body of the only document, nil where the file says nothing.
func parse(data []byte) (root ast.Node, err error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d bytes", maxFile)
	}
	// The parser is handed files written by hand: whatever it stumbles over is a mistake in the file, not our end.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	if n := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")); n > 2*maxLines {
		return nil, fmt.Errorf("has more than %d lines", maxLines)
	}
	if depth := nesting(data); depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d sections", maxNesting)
	}
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, errors.New("more than one document; keep one and remove the --- between them")
		}
		root = doc.Body
	}
	return root, nil
}

func (d *decoder) syntax(err error) {
	m := Mistake{File: d.file}
	var at *yaml.SyntaxError
	if errors.As(err, &at) && at.Token != nil && at.Token.Position != nil {
		m.Line, m.Column, m.Text = at.Token.Position.Line, at.Token.Position.Column, mistaken("%s", inPlain(at.Message))
	} else { // a syntax error's own Error draws the file around it, which takes a minute for some files
		m.Text = mistaken("%v", err)
	}
	d.mistakes = append(d.mistakes, m)
}

func (d *decoder) wrong(key string, n ast.Node, format string, args ...any) {
	m := Mistake{File: d.file, Key: key, Text: mistaken(format, args...)}
	if t := n.GetToken(); t != nil && t.Position != nil {
		m.Line, m.Column = t.Position.Line, t.Position.Column
	}
	if len(d.mistakes) < maxMistakes {
		d.mistakes = append(d.mistakes, m)
	}
}

// place gives where key stands in the file, or where the nearest section around it does.
func (d *decoder) place(key string) (line, column int) {
	for key != "" {
		if p := d.at[key]; p != nil {
			return p.Line, p.Column
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 0, 0
}

// The types whose YAML form is not that of their kind.
var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[audit.Secret]()
	ownType      = reflect.TypeFor[yaml.BytesUnmarshaler]()
)

func (d *decoder) value(key string, n ast.Node, into reflect.Value) {
	switch n := n.(type) {
	case *ast.NullNode:
		// A key with nothing behind it keeps its default; an optional section is there by its name alone, as log: is.
		if t := into.Type(); t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
			into.Set(reflect.New(t.Elem()))
		}
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		d.wrong(key, n, "anchors, aliases and tags are not read here; write the value out")
		return
	}
	switch {
	case into.Type() == durationType:
		d.duration(key, n, into)
	case into.Type() == secretType:
		d.secret(key, n, into)
	case reflect.PointerTo(into.Type()).Implements(ownType):
		if err := yaml.NodeToValue(n, into.Addr().Interface()); err != nil {
			d.wrong(key, n, "%v", err)
		}
	default:
		d.kind(key, n, into)
	}
}

func (d *decoder) kind(key string, n ast.Node, into reflect.Value) {
	switch into.Kind() {
	case reflect.Pointer:
		to := reflect.New(into.Type().Elem())
		d.value(key, n, to.Elem())
		into.Set(to)
	case reflect.Struct:
		d.section(key, n, into)
	case reflect.Map:
		d.table(key, n, into)
	case reflect.Slice:
		d.list(key, n, into)
	default:
		d.scalar(key, n, into)
	}
}

// pairs gives the keys and values of a mapping in their order, and notes one that stands twice.
func (d *decoder) pairs(key string, n ast.Node) []*ast.MappingValueNode {
	var all []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		all = n.Values
	case *ast.MappingValueNode:
		all = []*ast.MappingValueNode{n}
	default:
		d.wrong(key, n, "is %s; want a section of keys", nodeWord(n))
	}
	seen := map[string]int{}
	return slices.DeleteFunc(slices.Clone(all), func(p *ast.MappingValueNode) bool {
		name := keyName(p)
		if line, twice := seen[name]; twice {
			d.wrong(join(key, name), p.Key, "stands twice, first on line %d; keep one", line)
			return true
		}
		seen[name] = p.Key.GetToken().Position.Line
		return false
	})
}

func keyName(p *ast.MappingValueNode) string {
	if s, ok := p.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return p.Key.GetToken().Value
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func (d *decoder) section(key string, n ast.Node, into reflect.Value) {
	fields := map[string]reflect.Value{}
	known := fieldsOf(into, fields)
	for _, p := range d.pairs(key, n) {
		name := keyName(p)
		at := join(key, name)
		d.at[at] = p.Key.GetToken().Position
		if f, ok := fields[name]; ok {
			d.value(at, p.Value, f)
			continue
		}
		d.wrong(at, p.Key, "unknown key; this section has %s", strings.Join(known, ", "))
	}
}

// fieldsOf collects the settable fields of a struct by their yaml names, those of inlined structs too.
func fieldsOf(v reflect.Value, into map[string]reflect.Value) (names []string) {
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			names = append(names, fieldsOf(v.Field(i), into)...)
		case name != "" && name != "-":
			into[name] = v.Field(i)
			names = append(names, name)
		}
	}
	return names
}

func (d *decoder) table(key string, n ast.Node, into reflect.Value) {
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	for _, p := range d.pairs(key, n) {
		at := join(key, keyName(p))
		d.at[at] = p.Key.GetToken().Position
		one := reflect.New(into.Type().Elem()).Elem()
		d.value(at, p.Value, one)
		into.SetMapIndex(reflect.ValueOf(keyName(p)).Convert(into.Type().Key()), one)
	}
}

func (d *decoder) list(key string, n ast.Node, into reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrong(key, n, "is %s; want a list, as [one, two]", nodeWord(n))
		return
	}
	made := reflect.MakeSlice(into.Type(), len(s.Values), len(s.Values))
	for i, one := range s.Values {
		at := key + "[" + strconv.Itoa(i) + "]"
		d.at[at] = one.GetToken().Position
		d.value(at, one, made.Index(i))
	}
	into.Set(made)
}
