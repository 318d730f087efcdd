// SPDX-License-Identifier: MIT
/*
 * A plugin of QEMU's TCG: which instructions ran how often between two marks, in the
 * pass with the fewest of all. Its functions are declared here, because distributions
 * ship QEMU without its header (docs/devel/tcg-plugins.rst).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef API_VERSION
#define API_VERSION 1
#endif

/* Where guest/include/probe.h puts its marks. */
#define BEGIN 0x6b627000
#define END 0x6b627010

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t id,
						      struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data),
					    int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
				    void (*cb)(qemu_plugin_id_t id, void *data),
				    void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

__attribute__((visibility("default"))) int qemu_plugin_version = API_VERSION;

/* One instruction; the same address has the same one. */
struct place {
	uint64_t address;
	/* In this pass, and in the best one. */
	uint64_t now, best;
	struct place *next, *next_touched;
};

#define BUCKETS 65536
static struct place *places[BUCKETS];
/* What ran in this pass. */
static struct place *touched;
static uint64_t total, least = UINT64_MAX;
static int inside;
static char *output;

static struct place *place_of(uint64_t address)
{
	struct place **bucket = &places[(address ^ address >> 16) % BUCKETS];
	struct place *place;

	for (place = *bucket; place; place = place->next)
		if (place->address == address)
			return place;
	place = calloc(1, sizeof(*place));
	if (!place)
		abort();
	place->address = address;
	place->next = *bucket;
	*bucket = place;
	return place;
}

static void begin(void)
{
	for (struct place *place = touched; place; place = place->next_touched)
		place->now = 0;
	touched = NULL;
	total = 0;
	inside = 1;
}

static void end(void)
{
	inside = 0;
	if (total >= least)
		return;
	least = total;
	for (int i = 0; i < BUCKETS; i++)
		for (struct place *place = places[i]; place; place = place->next)
			place->best = place->now;
}

static void executed(unsigned int cpu, void *data)
{
	struct place *place = data;

	(void)cpu;
	if (place->address == BEGIN)
		begin();
	else if (place->address == END && inside)
		end();
	else if (inside) {
		if (!place->now++) {
			place->next_touched = touched;
			touched = place;
		}
		total++;
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, QEMU_PLUGIN_CB_NO_REGS,
						       place_of(qemu_plugin_insn_vaddr(insn)));
	}
}

static void over(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(output, "w");

	(void)id;
	(void)data;
	if (!file)
		return;
	for (int i = 0; i < BUCKETS; i++)
		for (struct place *place = places[i]; place; place = place->next)
			if (place->best)
				fprintf(file, "%" PRIx64 " %" PRIu64 "\n", place->address,
					place->best);
	fprintf(file, "end\n");
	fclose(file);
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	/* out=NAME */
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	output = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, over, NULL);
	return 0;
}
