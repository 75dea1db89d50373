package main

import (
	"bytes"
	stdxml "encoding/xml"
	"fmt"
	"reflect"
	"strings"
)

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// wireField is one element of a vim25 type, as govmomi's types say it; they are generated from VMware's own WSDL.
type wireField struct {
	name     string
	kind     reflect.Type
	optional bool
	many     bool
}

// disorder says what a vCenter would not parse: its parser wants the elements of a type in the order of the WSDL, those of
// the base types first, and knows no others. The simulator's decoder takes any order and drops what it does not know.
// It is empty for a request that is in order, and for one that is no request at all.
func disorder(body []byte) string {
	decoder := stdxml.NewDecoder(bytes.NewReader(body))
	for inside := false; ; {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		start, isStart := token.(stdxml.StartElement)
		if !isStart {
			continue
		}
		if inside {
			kind, known := typeByName(start.Name.Local)
			if !known {
				return ""
			}
			return (&orderCheck{decoder}).content(start.Name.Local, kind)
		}
		inside = start.Name.Local == "Body"
	}
}

type orderCheck struct{ decoder *stdxml.Decoder }

// content reads to the end of an element of a type and compares the elements in it.
func (c *orderCheck) content(path string, kind reflect.Type) string {
	fields, at := fieldsOf(kind), 0
	used := false
	for {
		token, err := c.decoder.Token()
		if err != nil {
			return fmt.Sprintf("%s: %s", path, err)
		}
		switch token := token.(type) {
		case stdxml.StartElement:
			name := token.Name.Local
			for at < len(fields) && (fields[at].name != name || used && !fields[at].many) {
				if !fields[at].optional && !used {
					return fmt.Sprintf("Got <%s> tag when expecting <%s> tag in %s", name, fields[at].name, path)
				}
				at, used = at+1, false
			}
			if at == len(fields) {
				return fmt.Sprintf("Got <%s> tag when expecting the end of %s", name, path)
			}
			used = true
			if problem := c.element(path+"."+name, token, fields[at].kind); problem != "" {
				return problem
			}
		case stdxml.EndElement:
			if missing := firstMissing(fields, at, used); missing != "" {
				return fmt.Sprintf("Required element <%s> is missing in %s", missing, path)
			}
			return ""
		}
	}
}

func firstMissing(fields []wireField, at int, used bool) string {
	if used {
		at++
	}
	for ; at < len(fields); at++ {
		if !fields[at].optional {
			return fields[at].name
		}
	}
	return ""
}

// element reads to the end of one element, whose type may be a subtype of the declared one.
func (c *orderCheck) element(path string, start stdxml.StartElement, declared reflect.Type) string {
	actual, problem := actualType(path, start, declared)
	if problem != "" {
		return problem
	}
	if actual == nil || actual.Kind() != reflect.Struct || actual.PkgPath() == "time" || isReference(actual) {
		if err := c.decoder.Skip(); err != nil {
			return fmt.Sprintf("%s: %s", path, err)
		}
		return ""
	}
	return c.content(path, actual)
}

// actualType is nil for a simple type.
func actualType(path string, start stdxml.StartElement, declared reflect.Type) (reflect.Type, string) {
	named := ""
	for _, attribute := range start.Attr {
		if attribute.Name.Space == schemaInstance && attribute.Name.Local == "type" {
			named = attribute.Value
		}
	}
	base := declared
	isOpen := declared.Kind() == reflect.Interface
	if isOpen {
		base, _ = typeByName(strings.TrimPrefix(declared.Name(), "Base"))
	}
	if named == "" {
		if isOpen && base == nil {
			return nil, fmt.Sprintf("%s has no xsi:type", path)
		}
		return base, ""
	}
	if strings.HasPrefix(named, "xsd:") || strings.HasPrefix(named, "xs:") {
		return nil, ""
	}
	actual, known := typeByName(named)
	switch {
	case !known:
		return nil, fmt.Sprintf("%s is of the unknown type %s", path, named)
	case isOpen && !reflect.PtrTo(actual).Implements(declared), !isOpen && actual != declared:
		return nil, fmt.Sprintf("%s is of the type %s, which is no %s", path, named, declared.Name())
	}
	return actual, ""
}

// fieldsOf lists the elements of a type in the order of the WSDL: an embedded struct is the base type.
func fieldsOf(kind reflect.Type) []wireField {
	var fields []wireField
	for i := 0; i < kind.NumField(); i++ {
		field := kind.Field(i)
		if field.Anonymous {
			fields = append(fields, fieldsOf(field.Type)...)
			continue
		}
		options := strings.Split(field.Tag.Get("xml"), ",")
		if options[0] == "" || options[0] == "-" || hasOption(options, "attr") || hasOption(options, "chardata") {
			continue
		}
		one := wireField{name: options[0], kind: field.Type, optional: hasOption(options, "omitempty")}
		if one.kind.Kind() == reflect.Slice && one.kind.Elem().Kind() != reflect.Uint8 {
			one.kind, one.many = one.kind.Elem(), true
		}
		if one.kind.Kind() == reflect.Ptr {
			one.kind, one.optional = one.kind.Elem(), true
		}
		fields = append(fields, one)
	}
	return fields
}

func hasOption(options []string, wanted string) bool {
	for _, option := range options[1:] {
		if option == wanted {
			return true
		}
	}
	return false
}

func isReference(kind reflect.Type) bool { return kind.Name() == "ManagedObjectReference" }
