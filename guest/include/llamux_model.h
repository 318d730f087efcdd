/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a model of the Llama architecture with weights that are drawn: what it
 * says means nothing, but it says the same each time.
 */
#ifndef LLAMUX_MODEL_H
#define LLAMUX_MODEL_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"

/* Of the types of values and tensors in a GGUF file, those that are used. */
enum { GGUF_U32 = 4, GGUF_S32 = 5, GGUF_F32 = 6, GGUF_STRING = 8, GGUF_ARRAY = 9 };
enum { TENSOR_F32 = 0, TENSOR_Q8_0 = 8 };

/* What a test can have otherwise. */
struct model_shape {
	const char *architecture;
	uint32_t context, embd, ff, layers, heads, kv_heads;
	uint32_t seed;
	/* Bytes that are left out at the end. */
	size_t cut;
	/* Left out, if it is not 0: the tensor of this number, from 1 on. */
	int without;
};

static const struct model_shape model_small = {
	.architecture = "llama",
	.context = 2048,
	.embd = 64,
	.ff = 96,
	.layers = 2,
	.heads = 4,
	.kv_heads = 2,
	.seed = 1,
};

struct model_out {
	uint8_t *data;
	size_t size, room;
};

static inline void *model_put(struct model_out *out, const void *data,
			      size_t size)
{
	while (out->size + size > out->room) {
		out->room = 2 * out->room + 65536;
		out->data = realloc(out->data, out->room);
		if (!out->data)
			abort();
	}
	if (data)
		memcpy(out->data + out->size, data, size);
	else
		memset(out->data + out->size, 0, size);
	out->size += size;
	return out->data + out->size - size;
}

static inline void model_u32(struct model_out *out, uint32_t value)
{
	model_put(out, &value, sizeof(value));
}

static inline void model_u64(struct model_out *out, uint64_t value)
{
	model_put(out, &value, sizeof(value));
}

static inline void model_string(struct model_out *out, const char *text)
{
	model_u64(out, strlen(text));
	model_put(out, text, strlen(text));
}

static inline void model_number(struct model_out *out, const char *key,
				uint32_t value)
{
	model_string(out, key);
	model_u32(out, GGUF_U32);
	model_u32(out, value);
}

static inline void model_pad(struct model_out *out)
{
	model_put(out, NULL, -out->size & 31);
}

static inline uint32_t model_draw(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Three that control, one for each byte, and these. */
static const char *const model_words[] = {
	"\xe2\x96\x81", "show", "free", "disk", "memory", "the", "me", "of",
	"\xe2\x96\x81show", "\xe2\x96\x81the", "\xe2\x96\x81memory",
};

#define MODEL_WORDS	ARRAY_SIZE(model_words)
#define MODEL_VOCAB	(3 + 256 + MODEL_WORDS)

static inline void model_tokens(struct model_out *out)
{
	char text[16];
	unsigned int i;

	model_string(out, "tokenizer.ggml.model");
	model_u32(out, GGUF_STRING);
	model_string(out, "llama");

	model_string(out, "tokenizer.ggml.tokens");
	model_u32(out, GGUF_ARRAY);
	model_u32(out, GGUF_STRING);
	model_u64(out, MODEL_VOCAB);
	model_string(out, "<unk>");
	model_string(out, "<s>");
	model_string(out, "</s>");
	for (i = 0; i < 256; i++) {
		snprintf(text, sizeof(text), "<0x%02X>", i);
		model_string(out, text);
	}
	for (i = 0; i < MODEL_WORDS; i++)
		model_string(out, model_words[i]);

	model_string(out, "tokenizer.ggml.scores");
	model_u32(out, GGUF_ARRAY);
	model_u32(out, GGUF_F32);
	model_u64(out, MODEL_VOCAB);
	for (i = 0; i < MODEL_VOCAB; i++) {
		float score = -(float)i;

		model_put(out, &score, sizeof(score));
	}

	model_string(out, "tokenizer.ggml.token_type");
	model_u32(out, GGUF_ARRAY);
	model_u32(out, GGUF_S32);
	model_u64(out, MODEL_VOCAB);
	for (i = 0; i < MODEL_VOCAB; i++)
		model_u32(out, i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1);
}

struct model_tensor {
	char name[48];
	uint32_t cols, rows, type;
};

static inline size_t model_tensor_size(const struct model_tensor *tensor)
{
	size_t numbers = (size_t)tensor->cols * tensor->rows;

	return tensor->type == TENSOR_F32 ? 4 * numbers : numbers / 32 * 34;
}

/* Nine a layer, and those before and behind them. */
static inline int model_tensors(const struct model_shape *shape,
				struct model_tensor *all)
{
	uint32_t embd = shape->embd, ff = shape->ff;
	uint32_t kv = embd / shape->heads * shape->kv_heads, i, j;
	const struct model_tensor layer[] = {
		{ "attn_norm", embd, 1, TENSOR_F32 },
		{ "attn_q", embd, embd, TENSOR_Q8_0 },
		{ "attn_k", embd, kv, TENSOR_Q8_0 },
		{ "attn_v", embd, kv, TENSOR_Q8_0 },
		{ "attn_output", embd, embd, TENSOR_Q8_0 },
		{ "ffn_norm", embd, 1, TENSOR_F32 },
		{ "ffn_gate", embd, ff, TENSOR_Q8_0 },
		{ "ffn_up", embd, ff, TENSOR_Q8_0 },
		{ "ffn_down", ff, embd, TENSOR_Q8_0 },
	};
	int n = 0;

	all[n++] = (struct model_tensor){ "token_embd.weight", embd,
					  MODEL_VOCAB, TENSOR_Q8_0 };
	for (i = 0; i < shape->layers; i++) {
		for (j = 0; j < 9; j++) {
			all[n] = layer[j];
			snprintf(all[n].name, sizeof(all[n].name),
				 "blk.%u.%.16s.weight", i, layer[j].name);
			n++;
		}
	}
	all[n++] = (struct model_tensor){ "output_norm.weight", embd, 1,
					  TENSOR_F32 };
	if (shape->without) {
		n--;
		memmove(all + shape->without - 1, all + shape->without,
			(n - shape->without + 1) * sizeof(*all));
	}
	return n;
}

static inline void model_weights(struct model_out *out,
				 const struct model_tensor *tensor,
				 uint32_t *seed)
{
	size_t size = model_tensor_size(tensor), i;
	uint8_t *data = model_put(out, NULL, size);
	float one = 1;

	if (tensor->type == TENSOR_F32) {
		for (i = 0; i < size; i += 4)
			memcpy(data + i, &one, 4);
		return;
	}
	for (i = 0; i < size; i++)
		data[i] = model_draw(seed);
	/* A scale of about 0.004, as a half, at the start of each block. */
	for (i = 0; i < size; i += 34) {
		data[i] = 0x00;
		data[i + 1] = 0x1c;
	}
}

/* The file, to be freed. */
static inline uint8_t *model_make(const struct model_shape *shape, size_t *size)
{
	struct model_out out = {};
	uint32_t seed = shape->seed;
	struct model_tensor all[2 + 9 * 8];
	uint64_t offset = 0;
	float eps = 0.00001;
	int n, i;

	if (shape->layers > 8)
		abort();
	n = model_tensors(shape, all);
	model_put(&out, "GGUF", 4);
	model_u32(&out, 3);
	model_u64(&out, n);
	model_u64(&out, 12);
	model_string(&out, "general.architecture");
	model_u32(&out, GGUF_STRING);
	model_string(&out, shape->architecture);
	model_number(&out, "llama.context_length", shape->context);
	model_number(&out, "llama.embedding_length", shape->embd);
	model_number(&out, "llama.feed_forward_length", shape->ff);
	model_number(&out, "llama.block_count", shape->layers);
	model_number(&out, "llama.attention.head_count", shape->heads);
	model_number(&out, "llama.attention.head_count_kv", shape->kv_heads);
	model_string(&out, "llama.attention.layer_norm_rms_epsilon");
	model_u32(&out, GGUF_F32);
	model_put(&out, &eps, sizeof(eps));
	model_tokens(&out);

	for (i = 0; i < n; i++) {
		model_string(&out, all[i].name);
		model_u32(&out, all[i].rows == 1 ? 1 : 2);
		model_u64(&out, all[i].cols);
		if (all[i].rows != 1)
			model_u64(&out, all[i].rows);
		model_u32(&out, all[i].type);
		model_u64(&out, offset);
		offset += (model_tensor_size(&all[i]) + 31) & ~31ull;
	}
	for (i = 0; i < n; i++) {
		model_pad(&out);
		model_weights(&out, &all[i], &seed);
	}
	*size = out.size - shape->cut;
	return out.data;
}

/* Writes it to a file; -1 if that cannot be. */
static inline int model_write(const struct model_shape *shape, const char *path)
{
	size_t size, done = 0;
	uint8_t *data = model_make(shape, &size);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n = -1;

	while (fd >= 0 && done < size) {
		n = write(fd, data + done, size - done);
		if (n < 0)
			break;
		done += n;
	}
	free(data);
	if (fd < 0 || close(fd))
		return -1;
	return done == size ? 0 : -1;
}

#endif /* LLAMUX_MODEL_H */
