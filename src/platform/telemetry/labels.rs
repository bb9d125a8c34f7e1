//! The labels of what a process counts: each has few values, all of them declared.

use prometheus_client::encoding::EncodeLabelSet;

/// Labels of a count of jobs.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct JobLabels {
    /// Queue.
    pub queue: String,
    /// State of the job, or outcome of a run.
    pub state: String,
}

/// Labels of one queue.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct QueueLabel {
    /// Queue.
    pub queue: String,
}

/// Labels of what is in one state or another.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct StateLabel {
    /// State.
    pub state: String,
}

/// Labels of one kind.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindLabel {
    /// Kind.
    pub kind: String,
}

/// Labels of one table.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct TableLabel {
    /// Table.
    pub table: String,
}

/// Labels of one operation of the cache.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct OperationLabel {
    /// Operation.
    pub operation: String,
}

/// Labels of the runs of one kind of job.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct RunLabels {
    /// Queue.
    pub queue: String,
    /// Name of the job.
    pub job: String,
}

/// Labels of how runs of one kind of job ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// Queue.
    pub queue: String,
    /// Name of the job.
    pub job: String,
    /// How it ended.
    pub state: String,
}

/// Labels of the files that lists become.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ExportLabels {
    /// List.
    pub list: String,
    /// Format of the file.
    pub format: String,
}

/// Labels of how they ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ExportEndLabels {
    /// List.
    pub list: String,
    /// Format of the file.
    pub format: String,
    /// How it ended.
    pub state: String,
}

/// Labels of the steps of imports.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ImportLabels {
    /// Kind of import.
    pub kind: String,
    /// Step.
    pub step: String,
}

/// Labels of how they ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ImportEndLabels {
    /// Kind of import.
    pub kind: String,
    /// Step.
    pub step: String,
    /// How it ended.
    pub state: String,
}
