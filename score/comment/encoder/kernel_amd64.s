#include "textflag.h"

// func columnsAVX2(into *[4]*float32, x *int16, w *byte, by, scale, shift *float32, in, columns int)
//
// Two columns of four rows at a time, sixteen numbers of each: the weights are widened to sixteen bits once for all four rows,
// VPMADDWD multiplies and adds neighbours, and eight registers hold eight partial sums each, which are added up at the end.
TEXT ·columnsAVX2(SB), NOSPLIT, $0-64
	MOVQ into+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ w+16(FP), R8
	MOVQ by+24(FP), R13
	MOVQ scale+32(FP), DX
	MOVQ shift+40(FP), BX
	MOVQ in+48(FP), CX
	MOVQ columns+56(FP), R14
	LEAQ (SI)(CX*2), R10
	LEAQ (R10)(CX*2), R11
	LEAQ (R11)(CX*2), R12
	XORQ R15, R15

pair:
	LEAQ (R8)(CX*1), R9
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

	// The sums of the four rows, of the first column into X0, of the second into X4.
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VPHADDD Y5, Y4, Y4
	VPHADDD Y7, Y6, Y6
	VPHADDD Y6, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPADDD X5, X4, X4

	// By the scale of the row, by that of the column, and what is added to the column.
	VCVTDQ2PS X0, X0
	VCVTDQ2PS X4, X4
	VMULPS (R13), X0, X0
	VMULPS (R13), X4, X4
	VBROADCASTSS (DX), X1
	VBROADCASTSS 4(DX), X5
	VMULPS X1, X0, X0
	VMULPS X5, X4, X4
	VBROADCASTSS (BX), X1
	VBROADCASTSS 4(BX), X5
	VADDPS X1, X0, X0
	VADDPS X5, X4, X4

	// Both columns of a row stand side by side.
	VUNPCKLPS X4, X0, X1
	VUNPCKHPS X4, X0, X2
	MOVQ (DI), AX
	VMOVLPS X1, (AX)(R15*1)
	MOVQ 8(DI), AX
	VMOVHPS X1, (AX)(R15*1)
	MOVQ 16(DI), AX
	VMOVLPS X2, (AX)(R15*1)
	MOVQ 24(DI), AX
	VMOVHPS X2, (AX)(R15*1)

	ADDQ $8, R15
	ADDQ $8, DX
	ADDQ $8, BX
	LEAQ (R9)(CX*1), R8
	SUBQ $2, R14
	JGT pair
	VZEROUPPER
	RET

// func columnsVNNI(into *[4]*float32, x *int16, w *byte, by, scale, shift *float32, in, columns int)
//
// The same with registers of twice the width, and one instruction in place of two: VPDPWSSD multiplies neighbours and adds them to
// the sums.
TEXT ·columnsVNNI(SB), NOSPLIT, $0-64
	MOVQ into+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ w+16(FP), R8
	MOVQ by+24(FP), R13
	MOVQ scale+32(FP), DX
	MOVQ shift+40(FP), BX
	MOVQ in+48(FP), CX
	MOVQ columns+56(FP), R14
	LEAQ (SI)(CX*2), R10
	LEAQ (R10)(CX*2), R11
	LEAQ (R11)(CX*2), R12
	XORQ R15, R15

pair:
	LEAQ (R8)(CX*1), R9
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	XORQ AX, AX

more:
	VPMOVSXBW (R8)(AX*1), Z8
	VPMOVSXBW (R9)(AX*1), Z9
	VMOVDQU64 (SI)(AX*2), Z10
	VMOVDQU64 (R10)(AX*2), Z11
	VMOVDQU64 (R11)(AX*2), Z12
	VMOVDQU64 (R12)(AX*2), Z13
	VPDPWSSD Z8, Z10, Z0
	VPDPWSSD Z8, Z11, Z1
	VPDPWSSD Z8, Z12, Z2
	VPDPWSSD Z8, Z13, Z3
	VPDPWSSD Z9, Z10, Z4
	VPDPWSSD Z9, Z11, Z5
	VPDPWSSD Z9, Z12, Z6
	VPDPWSSD Z9, Z13, Z7
	ADDQ $32, AX
	CMPQ AX, CX
	JLT more

	VEXTRACTI64X4 $1, Z0, Y8
	VPADDD Y8, Y0, Y0
	VEXTRACTI64X4 $1, Z1, Y9
	VPADDD Y9, Y1, Y1
	VEXTRACTI64X4 $1, Z2, Y10
	VPADDD Y10, Y2, Y2
	VEXTRACTI64X4 $1, Z3, Y11
	VPADDD Y11, Y3, Y3
	VEXTRACTI64X4 $1, Z4, Y12
	VPADDD Y12, Y4, Y4
	VEXTRACTI64X4 $1, Z5, Y13
	VPADDD Y13, Y5, Y5
	VEXTRACTI64X4 $1, Z6, Y14
	VPADDD Y14, Y6, Y6
	VEXTRACTI64X4 $1, Z7, Y15
	VPADDD Y15, Y7, Y7

	// The sums of the four rows, of the first column into X0, of the second into X4.
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VPHADDD Y5, Y4, Y4
	VPHADDD Y7, Y6, Y6
	VPHADDD Y6, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPADDD X5, X4, X4

	// By the scale of the row, by that of the column, and what is added to the column.
	VCVTDQ2PS X0, X0
	VCVTDQ2PS X4, X4
	VMULPS (R13), X0, X0
	VMULPS (R13), X4, X4
	VBROADCASTSS (DX), X1
	VBROADCASTSS 4(DX), X5
	VMULPS X1, X0, X0
	VMULPS X5, X4, X4
	VBROADCASTSS (BX), X1
	VBROADCASTSS 4(BX), X5
	VADDPS X1, X0, X0
	VADDPS X5, X4, X4

	// Both columns of a row stand side by side.
	VUNPCKLPS X4, X0, X1
	VUNPCKHPS X4, X0, X2
	MOVQ (DI), AX
	VMOVLPS X1, (AX)(R15*1)
	MOVQ 8(DI), AX
	VMOVHPS X1, (AX)(R15*1)
	MOVQ 16(DI), AX
	VMOVLPS X2, (AX)(R15*1)
	MOVQ 24(DI), AX
	VMOVHPS X2, (AX)(R15*1)

	ADDQ $8, R15
	ADDQ $8, DX
	ADDQ $8, BX
	LEAQ (R9)(CX*1), R8
	SUBQ $2, R14
	JGT pair
	VZEROUPPER
	RET

// func fitAVX2(fits, row, others *float32, stride, n, size int)
TEXT ·fitAVX2(SB), NOSPLIT, $0-48
	MOVQ fits+0(FP), DI
	MOVQ row+8(FP), SI
	MOVQ others+16(FP), R8
	MOVQ stride+24(FP), R9
	MOVQ n+32(FP), R10
	MOVQ size+40(FP), CX

other:
	VXORPS X0, X0, X0
	XORQ AX, AX

four:
	VMOVUPS (SI)(AX*4), X1
	VMULPS (R8)(AX*4), X1, X1
	VADDPS X1, X0, X0
	ADDQ $4, AX
	CMPQ AX, CX
	JLT four

	VHADDPS X0, X0, X0
	VHADDPS X0, X0, X0
	VMOVSS X0, (DI)
	ADDQ $4, DI
	LEAQ (R8)(R9*4), R8
	DECQ R10
	JNZ other
	VZEROUPPER
	RET

// func mixAVX2(to, shares, rows *float32, stride, n, size int)
TEXT ·mixAVX2(SB), NOSPLIT, $0-48
	MOVQ to+0(FP), DI
	MOVQ shares+8(FP), SI
	MOVQ rows+16(FP), R8
	MOVQ stride+24(FP), R9
	MOVQ n+32(FP), R10
	MOVQ size+40(FP), CX

part:
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	MOVQ R8, R11
	XORQ AX, AX

row:
	VBROADCASTSS (SI)(AX*4), Y4
	VMULPS (R11), Y4, Y5
	VMULPS 32(R11), Y4, Y6
	VMULPS 64(R11), Y4, Y7
	VMULPS 96(R11), Y4, Y8
	VADDPS Y5, Y0, Y0
	VADDPS Y6, Y1, Y1
	VADDPS Y7, Y2, Y2
	VADDPS Y8, Y3, Y3
	LEAQ (R11)(R9*4), R11
	INCQ AX
	CMPQ AX, R10
	JLT row

	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $128, DI
	ADDQ $128, R8
	SUBQ $32, CX
	JGT part
	VZEROUPPER
	RET
