//! The operations of S3 that albstats and object_store use, on the buckets of a server. `s3s` does the HTTP and the XML.
//!
//! Conditions are kept: `If-Match` and `If-None-Match` on GET, PUT and the completion of an upload.

use std::mem;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{TryStreamExt, stream};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CommonPrefix, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, GetObjectInput,
    GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object as Listed, PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::store::{Buckets, Object, Objects, md5};

/// What every part but the last must have.
const LEAST_PART: usize = 5 << 20;

pub(super) struct Protocol(pub(super) Buckets);

impl Protocol {
    fn object(&self, bucket: &str, key: &str) -> S3Result<Object> {
        let state = self.0.lock();
        let objects = state.buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        objects.get(key).cloned().ok_or_else(|| s3_error!(NoSuchKey))
    }
}

#[async_trait]
impl S3 for Protocol {
    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        if !self.0.exists(&request.input.bucket) {
            return Err(s3_error!(NoSuchBucket));
        }
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let state = self.0.lock();
        let objects = state.buckets.get(&request.input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        Ok(S3Response::new(page(objects, request.input)))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key)?;
        let etag = ETag::Strong(object.etag.clone());
        if input.if_match.is_some_and(|condition| !holds(&condition, &etag)) {
            return Err(s3_error!(PreconditionFailed));
        }
        if input.if_none_match.is_some_and(|condition| holds(&condition, &etag)) {
            return Err(s3_error!(NotModified));
        }
        let size = object.content.len();
        let (content, range) = match input.range {
            None => (object.content, None),
            Some(range) => {
                let range = range.check(size as u64)?;
                let said = format!("bytes {}-{}/{size}", range.start, range.end - 1);
                let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                (object.content.slice(range), Some(said))
            }
        };
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(length(&content)),
            content_range: range,
            body: Some(StreamingBlob::wrap(stream::iter([Ok::<_, std::io::Error>(content)]))),
            e_tag: Some(etag),
            last_modified: Some(Timestamp::from(object.modified)),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let object = self.object(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(length(&object.content)),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(Timestamp::from(object.modified)),
            ..HeadObjectOutput::default()
        }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let object = Object::new(received(input.body).await?);
        let etag = ETag::Strong(object.etag.clone());
        let mut state = self.0.lock();
        let objects = state.buckets.get_mut(&input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        may_write(objects.get(&input.key), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        objects.insert(input.key, object);
        Ok(S3Response::new(PutObjectOutput { e_tag: Some(etag), ..PutObjectOutput::default() }))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.0.remove(&request.input.bucket, &request.input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let keys = request.input.delete.objects.into_iter().map(|object| object.key);
        let deleted = keys.map(|key| {
            self.0.remove(&request.input.bucket, &key);
            DeletedObject { key: Some(key), ..DeletedObject::default() }
        });
        let deleted = Some(deleted.collect());
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..DeleteObjectsOutput::default() }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut state = self.0.lock();
        if !state.buckets.contains_key(&request.input.bucket) {
            return Err(s3_error!(NoSuchBucket));
        }
        state.begun += 1;
        let id = format!("upload-{}", state.begun);
        state.uploads.insert(id.clone(), super::store::Parts::new());
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(request.input.bucket),
            key: Some(request.input.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let content = received(input.body).await?;
        let etag = ETag::Strong(md5(&content));
        let mut state = self.0.lock();
        let parts = state.uploads.get_mut(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        parts.insert(input.part_number, content);
        Ok(S3Response::new(UploadPartOutput { e_tag: Some(etag), ..UploadPartOutput::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let mut state = self.0.lock();
        let state = &mut *state;
        let parts = state.uploads.get(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let complete = named.len() == parts.len()
            && named.iter().zip(parts).all(|(named, (number, content))| {
                let etag = ETag::Strong(md5(content));
                named.part_number == Some(*number) && named.e_tag.as_ref() == Some(&etag)
            });
        if !complete {
            return Err(s3_error!(InvalidPart));
        }
        if parts.values().rev().skip(1).any(|part| part.len() < LEAST_PART) {
            return Err(s3_error!(EntityTooSmall));
        }
        let objects = state.buckets.get_mut(&input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        may_write(objects.get(&input.key), input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let object = Object::of_parts(parts);
        let etag = ETag::Strong(object.etag.clone());
        objects.insert(input.key.clone(), object);
        state.uploads.remove(&input.upload_id);
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(etag),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        match self.0.lock().uploads.remove(&request.input.upload_id) {
            Some(_) => Ok(S3Response::new(AbortMultipartUploadOutput::default())),
            None => Err(s3_error!(NoSuchUpload)),
        }
    }
}

/// One page of a listing.
fn page(objects: &Objects, input: ListObjectsV2Input) -> ListObjectsV2Output {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.start_after.as_deref().unwrap_or_default();
    let token = input.continuation_token.as_deref().unwrap_or_default();
    let most = usize::try_from(input.max_keys.unwrap_or(1000).clamp(0, 1000)).unwrap();
    let (mut contents, mut folders) = (Vec::new(), Vec::<String>::new());
    let (mut last, mut next) = (String::new(), None);
    for (key, object) in objects.range(prefix.to_owned()..) {
        let Some(rest) = key.strip_prefix(prefix) else { break };
        let folder = input.delimiter.as_deref().and_then(|delimiter| Some((rest.find(delimiter)?, delimiter)));
        let folder = folder.map(|(end, delimiter)| &key[..prefix.len() + end + delimiter.len()]);
        let name = folder.unwrap_or(key);
        let known = folder.is_some() && folders.last().is_some_and(|last| last == name);
        if key.as_str() <= after || name <= token || known {
            continue;
        }
        if contents.len() + folders.len() == most {
            next = (most > 0).then(|| mem::take(&mut last));
            break;
        }
        name.clone_into(&mut last);
        match folder {
            Some(folder) => folders.push(folder.to_owned()),
            None => contents.push(Listed {
                key: Some(key.clone()),
                size: Some(length(&object.content)),
                e_tag: Some(ETag::Strong(object.etag.clone())),
                last_modified: Some(Timestamp::from(object.modified)),
                ..Listed::default()
            }),
        }
    }
    ListObjectsV2Output {
        key_count: Some(i32::try_from(contents.len() + folders.len()).unwrap()),
        max_keys: Some(i32::try_from(most).unwrap()),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(folders.into_iter().map(|folder| CommonPrefix { prefix: Some(folder) }).collect()),
        name: Some(input.bucket),
        prefix: input.prefix,
        delimiter: input.delimiter,
        ..ListObjectsV2Output::default()
    }
}

fn length(content: &Bytes) -> i64 {
    i64::try_from(content.len()).unwrap()
}

fn holds(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(given) => given.strong_cmp(etag),
    }
}

/// Whether what is there may be replaced.
fn may_write(there: Option<&Object>, matches: Option<&ETagCondition>, not: Option<&ETagCondition>) -> S3Result<()> {
    let etag = there.map(|object| ETag::Strong(object.etag.clone()));
    let is = |condition: &ETagCondition| etag.as_ref().is_some_and(|etag| holds(condition, etag));
    if matches.is_some_and(|condition| !is(condition)) || not.is_some_and(is) {
        return Err(s3_error!(PreconditionFailed));
    }
    Ok(())
}

async fn received(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let pieces: Vec<Bytes> = match body {
        Some(body) => body.try_collect().await.map_err(|_| s3_error!(IncompleteBody))?,
        None => Vec::new(),
    };
    Ok(pieces.concat().into())
}
