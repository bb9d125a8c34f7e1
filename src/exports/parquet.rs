//! Parquet for data analysis: typed columns (decimal cents, days, UTC instants), compressed, in groups
//! of rows small enough to keep the memory flat. No floating number anywhere.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::lignes;
use super::tableur::Book;
use crate::listing::kind::Shape;
use crate::listing::{Column, Kind, Value};

/// Rows of a group at most: they wait in memory until the group is written, column by column.
const GROUP_ROWS: usize = 10_000;
/// Bytes of text in a group at most, for lists of long texts.
const GROUP_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a page, and of the dictionary of a column: the writer holds some of each at once.
const PAGE_BYTES: usize = 64 * 1024;
/// Digits of a number with decimals: all that 64 bits can hold.
const DIGITS: i32 = 18;

/// Values of one column of a group, without the NULLs, and where they are.
struct Chunk {
    present: Vec<i16>,
    values: Values,
}

enum Values {
    /// One after the other, and where each ends: no allocation by cell.
    Texts(Vec<u8>, Vec<usize>),
    Longs(Vec<i64>),
    Days(Vec<i32>),
    Bools(Vec<bool>),
}

/// Writes the file of `book` from the rows of `source`.
///
/// # Errors
/// The source or the output failed.
pub fn write<W: Write + Send>(book: &Book, source: &mut impl BufRead, output: W) -> io::Result<W> {
    let fields = book.columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<Vec<_>, _>>().map_err(broken)?;
    let schema = Type::group_type_builder("gardel").with_fields(fields).build().map_err(broken)?;
    let mut writer = SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties(book))).map_err(broken)?;
    let mut chunks: Vec<Chunk> = book.columns.iter().map(|column| Chunk::new(column.kind)).collect();
    let (mut cells, mut rows, mut bytes, mut written) = (Vec::new(), 0, 0, 0);
    while lignes::read(source, book.columns.len(), &mut cells)? {
        for (chunk, value) in chunks.iter_mut().zip(&cells) {
            bytes += chunk.push(value)?;
        }
        rows += 1;
        written += 1;
        if rows >= GROUP_ROWS || bytes >= GROUP_BYTES {
            group(&mut writer, &mut chunks)?;
            (rows, bytes) = (0, 0);
        }
    }
    if rows > 0 {
        group(&mut writer, &mut chunks)?;
    }
    if written != book.written {
        return Err(io::Error::other("les morceaux ne contiennent pas les lignes annoncées"));
    }
    writer.into_inner().map_err(broken)
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let shape = column.kind.shape();
    let (physical, logical) = match shape {
        Shape::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Shape::Number(0) => (Physical::INT64, None),
        Shape::Number(scale) => (Physical::INT64, Some(LogicalType::decimal(scale.into(), DIGITS))),
        Shape::Day => (Physical::INT32, Some(LogicalType::Date)),
        Shape::Instant => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Shape::Bool => (Physical::BOOLEAN, None),
    };
    let mut builder = Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL).with_logical_type(logical);
    if let Shape::Number(scale @ 1..) = shape {
        builder = builder.with_precision(DIGITS).with_scale(scale.into());
    }
    builder.build()
}

fn properties(book: &Book) -> WriterProperties {
    let facts = [
        ("titre", book.title()),
        ("langue", "fr-FR".to_string()),
        ("filtres", book.filters.clone()),
        ("demandeur", book.requester.clone()),
        ("lu_le", book.read_at.to_rfc3339()),
        ("lignes", book.written.to_string()),
    ];
    WriterProperties::builder()
        .set_created_by("gardel".into())
        .set_compression(Compression::SNAPPY)
        // Kept in memory for every group until the end, with the texts they point to: a file of ten
        // million rows would not be written in flat memory.
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_dictionary_page_size_limit(PAGE_BYTES)
        .set_key_value_metadata(Some(facts.into_iter().map(|(name, value)| KeyValue::new(name.to_string(), value)).collect()))
        .build()
}

fn group<W: Write + Send>(writer: &mut SerializedFileWriter<W>, chunks: &mut [Chunk]) -> io::Result<()> {
    let mut group = writer.next_row_group().map_err(broken)?;
    for chunk in chunks {
        let texts = chunk.take_texts();
        let Some(mut column) = group.next_column().map_err(broken)? else { return Err(io::Error::other("une colonne manque au schéma")) };
        let levels = Some(chunk.present.as_slice());
        match (&chunk.values, column.untyped()) {
            (Values::Texts(..), ColumnWriter::ByteArrayColumnWriter(writer)) => writer.write_batch(&texts, levels, None),
            (Values::Longs(values), ColumnWriter::Int64ColumnWriter(writer)) => writer.write_batch(values, levels, None),
            (Values::Days(values), ColumnWriter::Int32ColumnWriter(writer)) => writer.write_batch(values, levels, None),
            (Values::Bools(values), ColumnWriter::BoolColumnWriter(writer)) => writer.write_batch(values, levels, None),
            _ => return Err(io::Error::other("le type d’une colonne a changé")),
        }
        .map_err(broken)?;
        column.close().map_err(broken)?;
        chunk.clear();
    }
    group.close().map_err(broken)?;
    Ok(())
}

impl Chunk {
    fn new(kind: Kind) -> Self {
        let values = match kind.shape() {
            Shape::Text => Values::Texts(Vec::new(), Vec::new()),
            Shape::Number(_) | Shape::Instant => Values::Longs(Vec::new()),
            Shape::Day => Values::Days(Vec::new()),
            Shape::Bool => Values::Bools(Vec::new()),
        };
        Self { present: Vec::new(), values }
    }

    /// Adds a value; gives the bytes of text it takes.
    fn push(&mut self, value: &Value) -> io::Result<usize> {
        self.present.push(i16::from(*value != Value::Null));
        match (&mut self.values, value) {
            (_, Value::Null) => {}
            (Values::Texts(bytes, ends), Value::Text(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len());
                return Ok(text.len());
            }
            (Values::Longs(longs), Value::Int(number)) => longs.push(*number),
            (Values::Longs(longs), Value::Instant(instant)) => longs.push(instant.timestamp_micros()),
            (Values::Days(days), Value::Date(day)) => days.push(day.to_epoch_days()),
            (Values::Bools(bools), Value::Bool(yes)) => bools.push(*yes),
            _ => return Err(io::Error::other("une valeur n’a pas le type de sa colonne")),
        }
        Ok(0)
    }

    /// The texts as the writer wants them, sharing one block; none for the other types.
    fn take_texts(&mut self) -> Vec<ByteArray> {
        let Values::Texts(bytes, ends) = &mut self.values else { return Vec::new() };
        let block = Bytes::from(std::mem::take(bytes));
        let mut from = 0;
        ends.drain(..).map(|end| ByteArray::from(block.slice(std::mem::replace(&mut from, end)..end))).collect()
    }

    fn clear(&mut self) {
        self.present.clear();
        match &mut self.values {
            // Taken already.
            Values::Texts(..) => {}
            Values::Longs(values) => values.clear(),
            Values::Days(values) => values.clear(),
            Values::Bools(values) => values.clear(),
        }
    }
}

fn broken(error: ParquetError) -> io::Error {
    io::Error::other(format!("Parquet : {error}"))
}
