//! A strict reader of what is written: every tag closed, every attribute quoted, nothing left over.

/// An element with the text of all that is within it.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    /// Names of the elements around it.
    within: Vec<String>,
}

impl Tag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

pub(super) struct Tags {
    pub(super) all: Vec<Tag>,
}

const VOID: [&str; 3] = ["meta", "link", "wbr"];
/// Elements whose text is not escaped.
const RAW: [&str; 2] = ["style", "script"];

impl Tags {
    /// Panics where the text is not well-formed.
    pub(super) fn of(html: &str) -> Self {
        let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a document type");
        let (mut all, mut open): (Vec<Tag>, Vec<usize>) = (Vec::new(), Vec::new());
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("</") {
                let (name, after) = after.split_once('>').expect("an end of an end tag");
                let index = open.pop().expect("an element that is open");
                assert_eq!(all[index].name, name, "closed in the order they were opened");
                rest = after;
            } else if let Some(after) = rest.strip_prefix('<') {
                let (mut tag, after) = tag(after);
                tag.within = open.iter().map(|index| all[*index].name.clone()).collect();
                rest = after;
                if RAW.contains(&tag.name.as_str()) {
                    let (text, after) = rest.split_once(&format!("</{}>", tag.name)).expect("an end");
                    tag.text = text.to_owned();
                    rest = after;
                } else if !VOID.contains(&tag.name.as_str()) {
                    open.push(all.len());
                }
                all.push(tag);
            } else {
                let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                assert!(!open.is_empty(), "text outside: {text:?}");
                let text = unescaped(text);
                for index in &open {
                    all[*index].text.push_str(&text);
                }
                rest = after;
            }
        }
        assert!(open.is_empty(), "not closed: {:?}", all[open[0]].name);
        Self { all }
    }

    /// What is read on the page, and what is read when something is pointed at.
    pub(super) fn words(&self) -> String {
        let body = self.all.iter().find(|tag| tag.name == "body").expect("a body");
        body.text.clone()
    }

    pub(super) fn titles_within_pictures(&self) -> Vec<&str> {
        let titles = self.all.iter().filter(|tag| tag.name == "title" && tag.within.iter().any(|name| name == "svg"));
        titles.map(|tag| tag.text.as_str()).collect()
    }

    /// The lines of what has this class in a chart, but not in its legend.
    pub(super) fn in_picture(&self, class: &str) -> Vec<&str> {
        let is_legend = |tag: &Tag| tag.within.iter().any(|name| name == "figcaption");
        let tags = self.all.iter().filter(|tag| tag.attribute("class") == Some(class) && !is_legend(tag));
        tags.filter_map(|tag| tag.attribute("d")).collect()
    }

    /// Nothing in it is fetched, sent or run but the one script, whatever is in the document.
    pub(super) fn is_closed_to_the_network(&self) {
        const TEXT: [&str; 3] = ["title", "aria-label", "content"];
        for tag in &self.all {
            for (name, value) in &tag.attributes {
                assert!(!name.starts_with("on"), "{tag:?}");
                assert!(name != "src" && name != "srcset" && name != "action", "{tag:?}");
                assert!(name != "href" || value == "data:,", "{tag:?}");
                let is_text = TEXT.contains(&name.as_str());
                assert!(is_text || !value.contains("//"), "{tag:?}");
            }
            if RAW.contains(&tag.name.as_str()) {
                assert!(!tag.text.contains("http:") && !tag.text.contains("https:") && !tag.text.contains("@import"));
                assert!(!tag.text.contains("url(") && !tag.text.contains("fetch("));
            }
        }
        let count = |name: &str| self.all.iter().filter(|tag| tag.name == name).count();
        assert_eq!((count("style"), count("script"), count("link")), (1, 1, 1));
        for name in ["a", "img", "iframe", "object", "form", "base", "image", "use", "foreignObject"] {
            assert_eq!(count(name), 0, "{name}");
        }
        let policy = self.all.iter().find(|tag| tag.attribute("http-equiv") == Some("Content-Security-Policy"));
        assert!(policy.unwrap().attribute("content").unwrap().starts_with("default-src 'none'; "));
    }
}

fn tag(text: &str) -> (Tag, &str) {
    let end = text.find([' ', '>']).expect("an end of a name");
    let (name, mut rest) = text.split_at(end);
    assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name:?}");
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            let name = name.to_owned();
            return (Tag { name, attributes, text: String::new(), within: vec![] }, after);
        }
        let (name, after) = rest.strip_prefix(' ').expect("a blank").split_once("=\"").expect("an attribute");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{name:?}");
        assert!(attributes.iter().all(|(other, _)| other != name), "{name} twice");
        let (value, after) = after.split_once('"').expect("a quote");
        assert!(!value.contains('<'));
        attributes.push((name.to_owned(), unescaped(value)));
        rest = after;
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        assert!(!before.contains('>'));
        let (name, after) = after.split_once(';').expect("an end of an entity");
        plain.push_str(before);
        plain.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            other => panic!("&{other};"),
        });
        rest = after;
    }
    assert!(!rest.contains('>'));
    plain + rest
}
