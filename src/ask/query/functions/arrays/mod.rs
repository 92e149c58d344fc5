//! Functions of lists and maps.

mod collected;
mod element_at;
mod map_concat;
mod ngrams;
mod position;
mod sequence;
mod slice;
mod sort;
mod subscript;

pub(in crate::ask::query) use collected::map_of;
pub(super) use collected::{CountedValues, PairedValues};
pub(super) use element_at::ElementAt;
pub(super) use map_concat::MapConcat;
pub(super) use ngrams::NGrams;
pub(super) use position::ArrayPosition;
pub(super) use sequence::Sequence;
pub(super) use slice::Slice;
pub(super) use sort::ArraySort;
pub(in crate::ask::query) use subscript::subscript;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, new_empty_array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, internal_err, plan_err};

/// The type of the items of a list; `None` if it is none.
pub(super) fn item(kind: &DataType) -> Option<&DataType> {
    match kind {
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Some(field.data_type())
        }
        _ => None,
    }
}

pub(super) fn list_of(item: &DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item.clone(), true)))
}

/// The types of a map's keys and values.
pub(super) fn entries(kind: &DataType) -> Option<(&DataType, &DataType)> {
    let DataType::Map(entries, _) = kind else { return None };
    let DataType::Struct(fields) = entries.data_type() else { return None };
    Some((fields.first()?.data_type(), fields.get(1)?.data_type()))
}

/// The list type that a function is given; NULL is an empty one's.
pub(super) fn as_list(function: &str, kind: &DataType) -> Result<DataType> {
    match item(kind) {
        Some(item) => Ok(list_of(item)),
        None if kind.is_null() => Ok(list_of(&DataType::Null)),
        None => plan_err!("{function} takes a list, not {kind}"),
    }
}

/// Where the items of a row's list, or the entries of its map, stand among those of all.
pub(in crate::ask::query) fn places(offsets: &[i32], row: usize) -> Range<usize> {
    let end = |at: usize| usize::try_from(offsets[at]).unwrap_or(0);
    end(row)..end(row + 1)
}

/// Maps of a type, of so many entries each; NULL where they are not known.
pub(in crate::ask::query) fn maps(
    kind: &DataType,
    entries: [ArrayRef; 2],
    offsets: OffsetBuffer<i32>,
    known: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let DataType::Map(field, _) = kind else { return internal_err!("a map is one") };
    let DataType::Struct(fields) = field.data_type() else { return internal_err!("a map has entries") };
    let entries = StructArray::try_new(fields.clone(), entries.into(), None)?;
    Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, known, false)?))
}

/// The pieces behind one another; an empty array of this type if there are none.
fn joined(kind: &DataType, pieces: &[ArrayRef]) -> Result<ArrayRef> {
    let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
    Ok(if pieces.is_empty() { new_empty_array(kind) } else { concat(&pieces)? })
}

/// A list of items of this type for each row, NULL where there is none.
fn lists(item: &DataType, rows: &[Option<ArrayRef>]) -> Result<ArrayRef> {
    let known: NullBuffer = rows.iter().map(Option::is_some).collect();
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| row.as_ref().map_or(0, Array::len)));
    let pieces: Vec<ArrayRef> = rows.iter().flatten().cloned().collect();
    let field = Arc::new(Field::new_list_field(item.clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets, joined(item, &pieces)?, Some(known))?))
}

/// The list in a row.
fn list(lists: &ArrayRef, row: usize) -> Result<Option<ArrayRef>> {
    if lists.is_null(row) {
        return Ok(None);
    }
    let DataType::List(_) = lists.data_type() else {
        let kind = list_of(item(lists.data_type()).unwrap_or(&DataType::Null));
        return list(&cast(lists, &kind)?, row);
    };
    Ok(Some(lists.as_list::<i32>().value(row)))
}
