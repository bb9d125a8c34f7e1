//! Parquet read back, a batch of rows at a time.

use chrono::{DateTime, NaiveDate};
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::Field;

use super::{Each, fault};
use crate::listing::kind::Shape;
use crate::listing::{Column, Kind, Value};

pub(super) fn read(columns: &[&'static Column], source: impl ChunkReader + 'static, each: &mut Each<'_>) -> Result<i64, String> {
    let broken = |error: parquet::errors::ParquetError| format!("le fichier Parquet ne se lit pas : {error}");
    let reader = SerializedFileReader::new(source).map_err(broken)?;
    let announced = reader.metadata().file_metadata().num_rows();
    let (mut rows, mut cells) = (0, Vec::with_capacity(columns.len()));
    for row in reader.get_row_iter(None).map_err(broken)? {
        let row = row.map_err(broken)?;
        rows += 1;
        if row.len() != columns.len() {
            return Err(format!("la ligne {rows} a {} colonnes au lieu de {}", row.len(), columns.len()));
        }
        cells.clear();
        for ((_, field), column) in row.get_column_iter().zip(columns) {
            cells.push(value(column.kind, field).ok_or_else(|| fault(rows, column, "valeur illisible"))?);
        }
        each(&cells)?;
    }
    if rows == announced { Ok(rows) } else { Err(format!("le fichier annonce {announced} lignes et en contient {rows}")) }
}

fn value(kind: Kind, field: &Field) -> Option<Value> {
    Some(match (kind.shape(), field) {
        (_, Field::Null) => Value::Null,
        (Shape::Text, Field::Str(text)) => Value::Text(text.clone()),
        (Shape::Number(0), Field::Long(number)) => Value::Int(*number),
        (Shape::Number(scale), Field::Decimal(decimal)) if decimal.scale() == i32::from(scale) => {
            let bytes: [u8; 8] = decimal.data().try_into().ok()?;
            Value::Int(i64::from_be_bytes(bytes))
        }
        (Shape::Day, Field::Date(days)) => Value::Date(NaiveDate::from_epoch_days(*days)?),
        (Shape::Instant, Field::TimestampMicros(micros)) => Value::Instant(DateTime::from_timestamp_micros(*micros)?),
        (Shape::Bool, Field::Bool(yes)) => Value::Bool(*yes),
        _ => return None,
    })
}
