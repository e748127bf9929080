#include "textflag.h"

// func sumAVX2(sums *[8]int32, x *int16, w0, w1 *byte, n int)
//
// Sixteen numbers of four rows at a time: the weights are widened to sixteen bits once for all four rows, VPMADDWD
// multiplies and adds neighbours, and eight registers hold eight partial sums each, which are added up at the end.
TEXT ·sumAVX2(SB), NOSPLIT, $0-40
	MOVQ sums+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ w0+16(FP), R8
	MOVQ w1+24(FP), R9
	MOVQ n+32(FP), CX
	LEAQ (SI)(CX*2), R10
	LEAQ (R10)(CX*2), R11
	LEAQ (R11)(CX*2), R12
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	XORQ AX, AX

more:
	VPMOVSXBW (R8)(AX*1), Y8
	VPMOVSXBW (R9)(AX*1), Y9
	VMOVDQU (SI)(AX*2), Y10
	VMOVDQU (R10)(AX*2), Y11
	VMOVDQU (R11)(AX*2), Y12
	VMOVDQU (R12)(AX*2), Y13
	VPMADDWD Y8, Y10, Y14
	VPADDD Y14, Y0, Y0
	VPMADDWD Y8, Y11, Y15
	VPADDD Y15, Y1, Y1
	VPMADDWD Y8, Y12, Y14
	VPADDD Y14, Y2, Y2
	VPMADDWD Y8, Y13, Y15
	VPADDD Y15, Y3, Y3
	VPMADDWD Y9, Y10, Y14
	VPADDD Y14, Y4, Y4
	VPMADDWD Y9, Y11, Y15
	VPADDD Y15, Y5, Y5
	VPMADDWD Y9, Y12, Y14
	VPADDD Y14, Y6, Y6
	VPMADDWD Y9, Y13, Y15
	VPADDD Y15, Y7, Y7
	ADDQ $16, AX
	CMPQ AX, CX
	JLT more

	// Rows 0 to 3 of w0 into X0, those of w1 into X4.
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVDQU X0, (DI)
	VPHADDD Y5, Y4, Y4
	VPHADDD Y7, Y6, Y6
	VPHADDD Y6, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPADDD X5, X4, X4
	VMOVDQU X4, 16(DI)
	VZEROUPPER
	RET
