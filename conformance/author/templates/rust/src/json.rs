//! JSON in a page, so that this shim needs no crate. serde_json does the same and more.

use std::fmt;
use std::ops::Index;

#[derive(Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    pub fn object<const N: usize>(members: [(&str, Value); N]) -> Self {
        Value::Object(members.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
    }

    pub fn with(self, key: &str, value: Value) -> Self {
        match self {
            Value::Object(mut members) => {
                members.push((key.to_string(), value));
                Value::Object(members)
            }
            other => other,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let members = match self {
            Value::Object(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|(key, _)| key.as_str())
    }
}

impl Index<&str> for Value {
    type Output = Value;

    /// The member of an object, or null.
    fn index(&self, key: &str) -> &Value {
        match self {
            Value::Object(members) => members.iter().find(|(known, _)| known == key).map_or(&Value::Null, |(_, value)| value),
            _ => &Value::Null,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<std::borrow::Cow<'_, str>> for Value {
    fn from(text: std::borrow::Cow<'_, str>) -> Self {
        Value::Text(text.into_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => write!(f, "null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(digits) => write!(f, "{digits}"),
            Value::Text(text) => quoted(f, text),
            Value::List(items) => {
                write!(f, "[")?;
                for (number, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if number > 0 { "," } else { "" })?;
                }
                write!(f, "]")
            }
            Value::Object(members) => {
                write!(f, "{{")?;
                for (number, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}", if number > 0 { "," } else { "" })?;
                    quoted(f, key)?;
                    write!(f, ":{value}")?;
                }
                write!(f, "}}")
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"")?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(f, "\\{letter}")?,
            '\0'..='\u{1f}' => write!(f, "\\u{:04x}", letter as u32)?,
            _ => write!(f, "{letter}")?,
        }
    }
    write!(f, "\"")
}

/// The value that a text holds, and nothing else.
pub fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let value = reader.value()?;
    reader.blank();
    (reader.at == reader.bytes.len()).then_some(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.blank();
        match *self.bytes.get(self.at)? {
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'"' => self.string().map(Value::Text),
            b'[' => {
                let mut items = Vec::new();
                self.members(b']', |reader| {
                    items.push(reader.value()?);
                    Some(())
                })?;
                Some(Value::List(items))
            }
            b'{' => {
                let mut members = Vec::new();
                self.members(b'}', |reader| {
                    reader.blank();
                    let key = reader.string()?;
                    reader.blank();
                    reader.one(b':')?;
                    members.push((key, reader.value()?));
                    Some(())
                })?;
                Some(Value::Object(members))
            }
            _ => self.number(),
        }
    }

    /// The text between brackets, with the closing one.
    fn members(&mut self, end: u8, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.blank();
        if self.one(end).is_some() {
            return Some(());
        }
        loop {
            read(self)?;
            self.blank();
            if self.one(end).is_some() {
                return Some(());
            }
            self.one(b',')?;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.one(b'"')?;
        let mut read = Vec::new();
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    let letter = self.escaped()?;
                    read.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => {
                    read.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        String::from_utf8(read).ok()
    }

    fn escaped(&mut self) -> Option<char> {
        self.at += 2;
        Some(match *self.bytes.get(self.at - 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let mut code = self.hexadecimal()?;
                if (0xd800..0xdc00).contains(&code) {
                    self.one(b'\\')?;
                    self.one(b'u')?;
                    code = 0x10000 + ((code - 0xd800) << 10) + self.hexadecimal()?.checked_sub(0xdc00)?;
                }
                char::from_u32(code)?
            }
            byte => byte as char,
        })
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = std::str::from_utf8(self.bytes.get(self.at..self.at + 4)?).ok()?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|byte| b"+-.eE0123456789".contains(byte)) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        digits.parse::<f64>().ok()?;
        Some(Value::Number(digits.to_string()))
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.bytes[self.at..].starts_with(word.as_bytes()).then(|| self.at += word.len())?;
        Some(value)
    }

    fn one(&mut self, byte: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn blank(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }
}
